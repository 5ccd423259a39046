package import API
package import Foundation
import GRDB

/// A change as a session's journal tells it.
package struct JournalChange: Sendable, Hashable {
    /// Where its line begins in the journal.
    package var offset: Int64
    package var timeMilliseconds: Int64
    package var way: String
    package var step: Int64
    package var point: Int64
    /// The platform's number of the question that made it.
    package var question: Int64?
    package var code: String
    package var targets: [ChangedTarget]
    package var now: Bool
    package var failed: Bool
    package var isCut: Bool
    package var mismatch: String?

    package init(
        offset: Int64, timeMilliseconds: Int64, way: String, step: Int64, point: Int64, question: Int64?, code: String,
        targets: [ChangedTarget], now: Bool, failed: Bool, isCut: Bool, mismatch: String?
    ) {
        self.offset = offset
        self.timeMilliseconds = timeMilliseconds
        self.way = way
        self.step = step
        self.point = point
        self.question = question
        self.code = code
        self.targets = targets
        self.now = now
        self.failed = failed
        self.isCut = isCut
        self.mismatch = mismatch
    }
}

/// Questions that run code, and changes that such code made.
extension Transaction {
    /// Notes who asks: the author of what the question will change, whatever the session says.
    package func addQuestion(session id: Int64, number: Int64, actor: UserName, kind: QuestionKind, at time: Date) throws {
        try execute(
            "INSERT INTO question (session, number, actor, kind, time) VALUES (?, ?, ?, ?, ?)",
            [id, number, actor.rawValue, kind.rawValue, time.milliseconds])
    }

    /// Keeps a change and writes an event for each of its targets. False, and nothing happens, when it is known already.
    @discardableResult
    package func addChange(session id: Int64, _ change: JournalChange) throws -> Bool {
        guard try integer("SELECT 1 FROM change WHERE session = ? AND offset = ?", [id, change.offset]) == nil else { return false }
        let author = try author(of: change, session: id)
        let time = Date(milliseconds: change.timeMilliseconds)
        try execute(
            """
            INSERT INTO change (session, offset, time, author, way, step, point, code, isNow, hasFailed, isCut, mismatch)
            VALUES (:session, :offset, :time, :author, :way, :step, :point, :code, :isNow, :hasFailed, :isCut, :mismatch)
            """,
            [
                "session": id, "offset": change.offset, "time": change.timeMilliseconds, "author": author, "way": change.way,
                "step": change.step, "point": change.point, "code": change.code, "isNow": change.now, "hasFailed": change.failed,
                "isCut": change.isCut, "mismatch": change.mismatch,
            ])
        for (item, target) in change.targets.enumerated() {
            let number = try appendEvent(
                session: id, actor: author, event: "change", detail: Self.sentence(target, of: change), at: time)
            try execute(
                "INSERT INTO changeTarget (session, offset, item, event, target, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [id, change.offset, item, number, target.target, target.old, target.new])
        }
        if change.targets.isEmpty, change.mismatch == nil {
            let code = String(Self.readable(change.code).prefix(200))
            try appendEvent(session: id, actor: author, event: change.way, detail: "\(code) at step \(change.step)", at: time)
        }
        if let mismatch = change.mismatch {
            try appendEvent(session: id, actor: author, event: "replay", detail: mismatch, at: time)
        }
        return true
    }

    /// The changes after journal offset `after`, oldest first, each with its offset.
    package func changes(session id: Int64, after: Int64, limit: Int) throws -> [(offset: Int64, change: ChangeRecord)] {
        let changes = try all(
            """
            SELECT offset, time, author, way, step, point, code, isNow, hasFailed, isCut, mismatch
            FROM change WHERE session = ? AND offset > ? ORDER BY offset LIMIT ?
            """, [id, after, limit]
        ) { columns in
            let offset = columns.integer()
            let record = ChangeRecord(
                time: columns.date(), author: columns.text(), way: columns.text(), step: columns.integer(), point: columns.integer(),
                code: columns.text(), targets: [], now: columns.flag(), failed: columns.flag(), isCut: columns.flag(),
                mismatch: columns.optionalText())
            return (offset: offset, change: record)
        }
        return try changes.map { offset, change in
            var change = change
            change.targets = try all(
                "SELECT target, old, new FROM changeTarget WHERE session = ? AND offset = ? ORDER BY item", [id, offset]
            ) { columns in
                ChangedTarget(target: columns.text(), old: columns.optionalText(), new: columns.optionalText())
            }
            return (offset: offset, change: change)
        }
    }

    private func author(of change: JournalChange, session id: Int64) throws -> String {
        guard let question = change.question else { return "session" }
        let actor = try first("SELECT actor FROM question WHERE session = ? AND number = ?", [id, question]) { $0.text() }
        return actor ?? "session"
    }

    /// The call of an action as who asked would write it: `render(3, fast=True)`.
    private static func readable(_ code: String) -> String {
        let call = "__import__('nsml.actions').actions.run('"
        guard code.hasPrefix(call), code.hasSuffix(")"), let end = code.dropFirst(call.count).firstIndex(of: "'") else { return code }
        let name = code.dropFirst(call.count)[..<end]
        let arguments = code[code.index(after: end)...].dropLast().trimmingPrefix(", ")
        return "\(name)(\(arguments))"
    }

    private static func sentence(_ target: ChangedTarget, of change: JournalChange) -> String {
        "\(target.target): \(glimpse(target.old)) -> \(glimpse(target.new)) at step \(change.step)"
            + (change.way == "replay" ? ", made again" : "")
    }

    /// On one line, and short: the change itself keeps all of it.
    private static func glimpse(_ value: String?) -> String {
        guard let value else { return "nothing" }
        let line = value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 60 ? line : line.prefix(59) + "…"
    }
}
