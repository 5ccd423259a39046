import API
import GRDB

/// What becomes of a session's series when it goes on from a checkpoint.
///
/// It reports some steps again. Those that it reported before, and lost, must not be drawn twice: in each series the first new point takes the
/// place of all from its step on. Until then the old ones stay, since they are the last that is known. The journal itself
/// keeps everything.
extension SessionTails {
    /// All series are cut at their next point.
    mutating func restart(in transaction: Transaction) throws {
        try write(to: transaction)
        try transaction.execute("UPDATE metric SET isCut = 1 WHERE session = ?", [session])
        let offset = offset
        // What is in memory was read before.
        self = try SessionTails(session: session, from: transaction)
        self.offset = offset
        isRestart = true
    }

    mutating func cutTexts(from step: Int64, in transaction: Transaction) throws {
        isRestart = false
        try transaction.execute("DELETE FROM text WHERE session = ? AND step >= ?", [session, step])
    }

    mutating func cut(_ place: Int, from step: Int64, in transaction: Transaction) throws {
        let before = tails[place].memoryBytes
        if tails[place].isDirty { try tails[place].write(session: session, to: transaction) }
        try Tail.cut(session: session, nameId: tails[place].nameId, from: step, in: transaction)
        guard let tail = try Tail(session: session, name: tails[place].name, nameId: tails[place].nameId, from: transaction) else { return }
        tails[place] = tail
        memoryBytes += tail.memoryBytes - before
    }
}

extension Tail {
    /// Drops the points from `step` on from the blocks of a series, and sums up what is left.
    fileprivate static func cut(session: Int64, nameId: Int64, from step: Int64, in transaction: Transaction) throws {
        let reached = try transaction.all(
            "SELECT id, lowStep FROM block WHERE session = ? AND name = ? AND highStep >= ? ORDER BY number", [session, nameId, step]
        ) { (id: $0.integer(), low: $0.integer()) }
        for block in reached {
            let kept = block.low >= step ? [] : try transaction.points(ofBlock: block.id).filter { $0.step < step }
            guard let first = kept.first else {
                try transaction.execute("DELETE FROM block WHERE id = ?", [block.id])
                continue
            }
            var encoder = BlockEncoder(first)
            var outline = BlockOutline()
            outline.add(first, at: 0)
            for (position, point) in kept.enumerated().dropFirst() {
                encoder.append(point)
                outline.add(point, at: Int64(position))
            }
            let steps = kept.map(\.step)
            try transaction.execute(
                "UPDATE block SET count = ?, lowStep = ?, highStep = ?, outline = ?, bytes = ? WHERE id = ?",
                [encoder.count, steps.min(), steps.max(), outline.bytes, encoder.bytes, block.id])
        }
        if reached.isEmpty {
            return try transaction.execute("UPDATE metric SET isCut = 0 WHERE session = ? AND name = ?", [session, nameId])
        }
        try sumUp(session: session, nameId: nameId, in: transaction)
    }

    private static func sumUp(session: Int64, nameId: Int64, in transaction: Transaction) throws {
        var tail = Tail(name: "", nameId: nameId)
        let blocks = try transaction.all("SELECT id FROM block WHERE session = ? AND name = ? ORDER BY number", [session, nameId]) {
            $0.integer()
        }
        for block in blocks { try transaction.forEachPoint(ofBlock: block) { tail.sum($0) } }
        try transaction.execute(
            """
            UPDATE metric SET isCut = 0, count = ?, lastBits = ?, lastStep = ?, lastTime = ?, minimum = ?, minimumStep = ?,
                maximum = ?, maximumStep = ?
            WHERE session = ? AND name = ?
            """,
            [
                tail.count, Int64(bitPattern: tail.last.bitPattern), tail.lastStep, tail.lastTime, tail.minimum?.value,
                tail.minimum?.step, tail.maximum?.value, tail.maximum?.step, session, nameId,
            ])
    }
}
