package import API
import Foundation
import GRDB

/// What sessions ran with. Most of a group's sessions run with the same, which is kept once.
extension Transaction {
    /// Notes what a session ran with.
    package func setEnvironmentRecord(id: Int64, _ record: EnvironmentRecord) throws {
        let text = try jsonColumn(record)
        try execute("INSERT INTO environmentRecord (record) VALUES (?) ON CONFLICT DO NOTHING", [text])
        try execute(
            "UPDATE session SET environmentRecord = (SELECT id FROM environmentRecord WHERE record = ?) WHERE id = ?", [text, id])
    }

    /// What a session ran with; nil: it has not started, or nobody said.
    package func environmentRecord(id: Int64) throws -> EnvironmentRecord? {
        try first(
            "SELECT e.record FROM session s JOIN environmentRecord e ON e.id = s.environmentRecord WHERE s.id = ?", [id]
        ) { columns in try columns.json() }
    }

    /// Has a session run with what another ran with, and with the same changes by hand.
    package func repeatSession(_ original: Int64, by id: Int64) throws {
        try execute(
            """
            UPDATE session SET (lockedEnvironment, lockedRecord) = (SELECT environment, environmentRecord FROM session WHERE id = ?)
            WHERE id = ?
            """, [original, id])
        try execute("UPDATE session SET replay = ? WHERE id = ?", [try jsonColumn(try replay(of: original)), id])
    }

    /// The changes that are made again in a session.
    package func replay(id: Int64) throws -> [ReplayedChange] {
        try first("SELECT replay FROM session WHERE id = ?", [id]) { columns in try columns.json() } ?? []
    }

    /// What was changed by hand while a session ran, and what was changed again in it.
    ///
    /// What `now` made happened at no safe point, and what was too long is not known whole: neither can be made again.
    private func replay(of id: Int64) throws -> [ReplayedChange] {
        let own = try all(
            """
            SELECT CASE WHEN EXISTS (
                SELECT 1 FROM event AS begun JOIN event AS again ON again.session = begun.session AND again.number > begun.number
                WHERE begun.session = change.session AND begun.event = 'running' AND again.event = 'queued' AND again.time <= change.time
                ) THEN -1 ELSE point END, step, code, way, hasFailed
            FROM change WHERE session = ? AND way != 'replay' AND isNow = 0 AND isCut = 0 ORDER BY offset
            """, [id]
        ) { columns in
            ReplayedChange(
                point: columns.integer(), step: columns.integer(), code: columns.text(), way: columns.text(), failed: columns.flag())
        }
        return try replay(id: id) + own
    }

    /// What a session must run with; nil: what it finds.
    package func environmentLock(id: Int64) throws -> EnvironmentLock? {
        try first(
            """
            SELECT s.lockedEnvironment, e.record FROM session s JOIN environmentRecord e ON e.id = s.lockedRecord WHERE s.id = ?
            """, [id]
        ) { columns in EnvironmentLock(environment: columns.optionalText(), record: try columns.json()) }
    }

    /// Forgets what no session refers to any more.
    package func sweepEnvironmentRecords() throws {
        try execute(
            """
            DELETE FROM environmentRecord WHERE id NOT IN (
                SELECT environmentRecord FROM session WHERE environmentRecord IS NOT NULL
                UNION SELECT lockedRecord FROM session WHERE lockedRecord IS NOT NULL)
            """)
    }
}
