package import API
package import Foundation
import GRDB

extension Transaction {
    /// Writes what happened to a session and returns its number, which counts up for each session.
    @discardableResult
    package func appendEvent(session id: Int64, actor: String, event: String, detail: String, at time: Date) throws -> Int64 {
        guard
            let number = try integer("UPDATE session SET eventNumber = eventNumber + 1 WHERE id = ? RETURNING eventNumber", [id])
        else { throw Failure.noSuch("session", id, hint: "'nsml ps -a' lists yours") }
        try execute(
            "INSERT INTO event (session, number, time, actor, event, detail) VALUES (?, ?, ?, ?, ?, ?)",
            [id, number, time.milliseconds, actor, event, detail])
        return number
    }

    /// Whether an event of this kind has been written.
    package func hasEvent(session id: Int64, event: String) throws -> Bool {
        try integer("SELECT 1 FROM event WHERE session = ? AND event = ? LIMIT 1", [id, event]) != nil
    }

    /// The events after number `after`, oldest first.
    package func events(session id: Int64, after: Int64, limit: Int) throws -> [SessionEvent] {
        try all(
            """
            SELECT event.number, event.time, event.actor, event.event, event.detail, target, old, new, way, step, point
            FROM event LEFT JOIN changeTarget ON changeTarget.session = event.session AND changeTarget.event = event.number
                LEFT JOIN change ON change.session = event.session AND change.offset = changeTarget.offset
            WHERE event.session = ? AND number > ? ORDER BY number LIMIT ?
            """,
            [id, after, limit]
        ) { columns in
            var event = SessionEvent(
                number: columns.integer(), time: columns.date(), actor: columns.text(), event: columns.text(), detail: columns.text())
            guard let target = columns.optionalText() else { return event }
            let (old, new) = (columns.optionalText(), columns.optionalText())
            event.change = EventChange(
                way: columns.text(), step: columns.integer(), point: columns.integer(), target: target, old: old, new: new)
            return event
        }
    }
}
