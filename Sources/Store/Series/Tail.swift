import API
import Foundation
import GRDB
import Synchronization

/// The end of one series: its summary, and the block that still grows.
struct Tail: Sendable {
    let name: String
    let nameId: Int64
    private(set) var count: Int64 = 0
    private(set) var last = 0.0
    private(set) var lastStep: Int64 = 0
    private(set) var lastTime: Int64?
    private(set) var minimum: (value: Double, step: Int64)?
    private(set) var maximum: (value: Double, step: Int64)?
    /// Whether the summary has a row, and whether the row's indexed columns are behind.
    private(set) var hasRow = false
    /// Whether the next point takes the place of those from its step on: the session went on from a checkpoint before them.
    private(set) var isCut = false
    private(set) var bestsChanged = true

    /// The block that grows; nil: the next point starts one.
    private(set) var block: BlockEncoder?
    private(set) var outline = BlockOutline()
    private(set) var lowStep: Int64 = 0
    private(set) var highStep: Int64 = 0
    private(set) var blockNumber: Int64 = 0
    private(set) var blockRow: Int64?
    var isDirty = false

    init(name: String, nameId: Int64) {
        self.name = name
        self.nameId = nameId
    }

    var isFull: Bool { block?.isFull ?? false }
    /// About what it takes in memory.
    var memoryBytes: Int { 512 + (block?.byteCount ?? 0) * 2 }

    mutating func add(_ point: SeriesPoint) {
        sum(point)
        pack(point)
    }

    /// Takes a point into the summary alone.
    mutating func sum(_ point: SeriesPoint) {
        count += 1
        (last, lastStep, lastTime) = (point.value, point.step, point.timeMilliseconds)
        if !point.value.isNaN {
            if minimum.map({ point.value < $0.value }) ?? true {
                minimum = (point.value, point.step)
                bestsChanged = true
            }
            if maximum.map({ point.value > $0.value }) ?? true {
                maximum = (point.value, point.step)
                bestsChanged = true
            }
        }
    }

    private mutating func pack(_ point: SeriesPoint) {
        guard let position = block?.count else {
            block = BlockEncoder(point)
            outline = BlockOutline()
            outline.add(point, at: 0)
            (lowStep, highStep) = (point.step, point.step)
            return
        }
        block?.append(point)
        outline.add(point, at: Int64(position))
        (lowStep, highStep) = (min(lowStep, point.step), max(highStep, point.step))
    }
}

extension Tail {
    /// Reads a series' end back; nil when the session has no such series.
    init?(session: Int64, name: String, nameId: Int64, from transaction: Transaction) throws {
        self.init(name: name, nameId: nameId)
        let found: Void? = try transaction.first(
            """
            SELECT count, lastBits, lastStep, lastTime, minimum, minimumStep, maximum, maximumStep, isCut
            FROM metric WHERE session = ? AND name = ?
            """, [session, nameId]
        ) { columns in
            count = columns.integer()
            last = Double(bitPattern: UInt64(bitPattern: columns.integer()))
            lastStep = columns.integer()
            lastTime = columns.optionalInteger()
            minimum = Self.best(&columns)
            maximum = Self.best(&columns)
            isCut = columns.flag()
            (hasRow, bestsChanged) = (true, false)
        }
        guard found != nil else { return nil }
        let block = try transaction.first(
            "SELECT id, number, bytes FROM block WHERE session = ? AND name = ? ORDER BY number DESC LIMIT 1", [session, nameId]
        ) { columns in (row: columns.integer(), number: columns.integer(), points: try BlockDecoder.points(in: columns.blob())) }
        guard let block else { return }
        guard block.points.count < BlockEncoder.maximumCount else {
            blockNumber = block.number + 1
            return
        }
        (blockRow, blockNumber) = (block.row, block.number)
        for point in block.points { pack(point) }
    }

    private static func best(_ columns: inout Columns) -> (value: Double, step: Int64)? {
        let (value, step) = (columns.optionalReal(), columns.optionalInteger())
        guard let value, let step else { return nil }
        return (value, step)
    }

    /// Writes summary and block. A full block is done with; the next point starts another.
    mutating func write(session: Int64, to transaction: Transaction) throws {
        try writeSummary(session: session, to: transaction)
        try writeBlock(session: session, to: transaction)
        isDirty = false
    }

    private mutating func writeSummary(session: Int64, to transaction: Transaction) throws {
        let bits = Int64(bitPattern: last.bitPattern)
        guard bestsChanged || !hasRow else {
            // Leaves the columns of the indexes alone.
            return try transaction.execute(
                "UPDATE metric SET count = ?, lastBits = ?, lastStep = ?, lastTime = ? WHERE session = ? AND name = ?",
                [count, bits, lastStep, lastTime, session, nameId])
        }
        try transaction.execute(
            hasRow
                ? """
                UPDATE metric SET count = ?, lastBits = ?, lastStep = ?, lastTime = ?, minimum = ?, minimumStep = ?, maximum = ?,
                    maximumStep = ?
                WHERE session = ? AND name = ?
                """
                : """
                INSERT INTO metric (count, lastBits, lastStep, lastTime, minimum, minimumStep, maximum, maximumStep, session, name)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            [count, bits, lastStep, lastTime, minimum?.value, minimum?.step, maximum?.value, maximum?.step, session, nameId])
        (hasRow, bestsChanged) = (true, false)
    }

    private mutating func writeBlock(session: Int64, to transaction: Transaction) throws {
        guard let block else { return }
        if let blockRow {
            try transaction.execute(
                "UPDATE block SET count = ?, lowStep = ?, highStep = ?, outline = ?, bytes = ? WHERE id = ?",
                [block.count, lowStep, highStep, outline.bytes, block.bytes, blockRow])
        } else {
            try transaction.execute(
                """
                INSERT INTO block (session, name, number, count, lowStep, highStep, outline, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, [session, nameId, blockNumber, block.count, lowStep, highStep, outline.bytes, block.bytes])
            blockRow = transaction.database.lastInsertedRowID
        }
        guard block.isFull else { return }
        self.block = nil
        blockRow = nil
        blockNumber += 1
    }
}

/// The ends of a session's series, so far as they were needed, and how far its journal is stored.
struct SessionTails: Sendable {
    /// New names beyond this many are not kept: a session that makes a name of every step would fill the index.
    static let maximumNames = 50_000
    static let maximumNameBytes = 1_024
    /// Texts of a session beyond this many are not kept.
    static let maximumTexts: Int64 = 10_000

    let session: Int64
    var offset: Int64
    var tails: [Tail] = []
    private var places: [String: Int] = [:]
    /// Where the values of the report before went: mostly the next report has the same names in the same order.
    private var order: [Int] = []
    private var dirty: [Int] = []
    private var nameCount: Int
    private var textCount: Int64
    var memoryBytes = 256
    /// Whether the session has just gone on from a checkpoint: the first report then decides what its texts are.
    var isRestart = false

    init(session: Int64, from transaction: Transaction) throws {
        self.session = session
        offset =
            try transaction.integer(
                "SELECT offset FROM stream WHERE session = ? AND stream = ?", [session, SessionStream.journal.rawValue]) ?? 0
        nameCount = Int(try transaction.integer("SELECT count(*) FROM metric WHERE session = ?", [session]) ?? 0)
        textCount = try transaction.integer("SELECT count(*) FROM text WHERE session = ?", [session]) ?? 0
    }

    mutating func add(_ report: Report, to transaction: Transaction) throws {
        if isRestart { try cutTexts(from: report.step, in: transaction) }
        for (index, (name, value)) in report.values.enumerated() {
            guard let place = try place(of: name, at: index, in: transaction) else { continue }
            if tails[place].isCut { try cut(place, from: report.step, in: transaction) }
            tails[place].add(SeriesPoint(step: report.step, timeMilliseconds: report.timeMilliseconds, value: value))
            if !tails[place].isDirty {
                tails[place].isDirty = true
                dirty.append(place)
            }
            if tails[place].isFull { try write(place, to: transaction) }
        }
        for (name, text) in report.texts where textCount < Self.maximumTexts && name.utf8.count <= Self.maximumNameBytes {
            textCount += 1
            try transaction.execute(
                "INSERT INTO text (session, name, step, time, text) VALUES (?, ?, ?, ?, ?)",
                [session, try Self.nameId(name, in: transaction), report.step, report.timeMilliseconds, text])
        }
    }

    /// Writes all ends that changed.
    mutating func write(to transaction: Transaction) throws {
        for place in dirty where tails[place].isDirty { try write(place, to: transaction) }
        dirty.removeAll(keepingCapacity: true)
    }

    private mutating func write(_ place: Int, to transaction: Transaction) throws {
        let before = tails[place].memoryBytes
        try tails[place].write(session: session, to: transaction)
        // A block that was just filled leaves `isDirty` false while the place may stay in the list: passed over above.
        memoryBytes += tails[place].memoryBytes - before
    }

    private mutating func place(of name: String, at index: Int, in transaction: Transaction) throws -> Int? {
        if index < order.count, tails[order[index]].name == name { return order[index] }
        guard let place = try places[name] ?? open(name, in: transaction) else { return nil }
        if index < order.count {
            order[index] = place
        } else if index == order.count {
            order.append(place)
        }
        return place
    }

    private mutating func open(_ name: String, in transaction: Transaction) throws -> Int? {
        guard name.utf8.count <= Self.maximumNameBytes else { return nil }
        let tail: Tail
        if let id = try Self.knownId(of: name, in: transaction),
            let known = try Tail(session: session, name: name, nameId: id, from: transaction)
        {
            tail = known
        } else {
            // What is refused leaves no name either.
            guard nameCount < Self.maximumNames else { return nil }
            nameCount += 1
            tail = Tail(name: name, nameId: try Self.nameId(name, in: transaction))
        }
        tails.append(tail)
        places[name] = tails.count - 1
        memoryBytes += tail.memoryBytes + 64 + name.utf8.count
        return tails.count - 1
    }

    private static func knownId(of name: String, in transaction: Transaction) throws -> Int64? {
        try transaction.integer("SELECT id FROM metricName WHERE name = ?", [name])
    }

    private static func nameId(_ name: String, in transaction: Transaction) throws -> Int64 {
        if let id = try knownId(of: name, in: transaction) { return id }
        try transaction.execute("INSERT INTO metricName (name) VALUES (?)", [name])
        return transaction.database.lastInsertedRowID
    }
}

/// The ends of series that were written lately, for the writer alone.
///
/// A session's ends are taken out to be changed and put back when that went well; what is dropped is read from the database again.
final class TailCache: Sendable {
    static let maximumBytes = 64 << 20

    private struct State {
        var sessions: [Int64: (tails: SessionTails, use: Int)] = [:]
        var uses = 0
        var bytes = 0
    }

    private let state = Mutex(State())

    func take(_ session: Int64) -> SessionTails? {
        state.withLock { state in
            guard let entry = state.sessions.removeValue(forKey: session) else { return nil }
            state.bytes -= entry.tails.memoryBytes
            return entry.tails
        }
    }

    func put(_ tails: SessionTails) {
        state.withLock { state in
            state.uses += 1
            state.bytes += tails.memoryBytes
            state.sessions[tails.session] = (tails, state.uses)
            while state.bytes > Self.maximumBytes, let oldest = state.sessions.min(by: { $0.value.use < $1.value.use }) {
                state.bytes -= oldest.value.tails.memoryBytes
                state.sessions[oldest.key] = nil
            }
        }
    }

    func removeAll() {
        state.withLock { state in
            state.sessions.removeAll()
            state.bytes = 0
        }
    }
}
