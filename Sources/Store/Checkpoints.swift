package import API
import Foundation
import GRDB

extension Transaction {
    private static let checkpointColumns = """
        c.name, c.createdAt, c.elapsedSeconds, c.step, c.summary, c.fileCount, c.bytes, c.manifest
        """

    private static func checkpoint(_ columns: inout Columns, of session: SessionName) throws -> CheckpointRecord {
        CheckpointRecord(
            session: session, name: try CheckpointName(parsing: columns.text()), createdAt: columns.date(), elapsedSeconds: columns.real(),
            step: columns.optionalInteger(), summary: try columns.json(), fileCount: columns.int(), bytes: columns.integer(),
            manifest: try columns.digest())
    }

    /// Makes a checkpoint, or overwrites an older one of its name. One that was posted before changes nothing, whatever became of it.
    ///
    /// `isNew` tells whether anything was written.
    package func insertCheckpoint(session id: Int64, _ new: NewCheckpoint, fileCount: Int, bytes: Int64) throws
        -> (record: CheckpointRecord, isNew: Bool)
    {
        let session = try requireSession(id: id)
        let order: StatementArguments = ["session": id, "epoch": new.epoch, "sequence": new.sequence]
        try execute(
            """
            INSERT INTO checkpointPost (session, epoch, sequence, name, createdAt) VALUES (:session, :epoch, :sequence, :name, :time)
            ON CONFLICT DO NOTHING
            """, order &+ ["name": new.name.rawValue, "time": new.time.milliseconds])
        let isKnown = database.changesCount == 0
        let isOvertaken =
            try integer(
                "SELECT 1 FROM checkpoint WHERE session = :session AND name = :name AND (epoch, sequence) > (:epoch, :sequence)",
                order &+ ["name": new.name.rawValue]) != nil
        let record = CheckpointRecord(
            session: session.name, name: new.name, createdAt: Date(milliseconds: new.time.milliseconds),
            elapsedSeconds: try elapsedSeconds(of: new, in: session), step: new.step, summary: new.summary, fileCount: fileCount,
            bytes: bytes, manifest: new.manifest)
        guard !isKnown, !isOvertaken else { return (try checkpoint(session: id, new.name) ?? record, false) }
        try execute(
            """
            INSERT INTO checkpoint (session, name, epoch, sequence, createdAt, elapsedSeconds, step, summary, fileCount, bytes, manifest)
            VALUES (:session, :name, :epoch, :sequence, :time, :elapsed, :step, :summary, :files, :bytes, :manifest)
            ON CONFLICT DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence, createdAt = excluded.createdAt,
                elapsedSeconds = excluded.elapsedSeconds, step = excluded.step, summary = excluded.summary,
                fileCount = excluded.fileCount, bytes = excluded.bytes, manifest = excluded.manifest
            """,
            order &+ [
                "name": new.name.rawValue, "time": new.time.milliseconds, "elapsed": record.elapsedSeconds, "step": new.step,
                "summary": try jsonColumn(new.summary), "files": fileCount, "bytes": bytes, "manifest": new.manifest.column,
            ])
        try countCheckpoints(session: id)
        return (record, true)
    }

    /// Seconds since the checkpoint posted before this one, or since the start of the process.
    private func elapsedSeconds(of new: NewCheckpoint, in session: StoredSession) throws -> Double {
        let before = try integer(
            """
            SELECT createdAt FROM checkpointPost WHERE session = ? AND (epoch, sequence) < (?, ?) ORDER BY epoch DESC, sequence DESC LIMIT 1
            """, [session.id, new.epoch, new.sequence])
        let start = before.map(Date.init(milliseconds:)) ?? session.record.startedAt ?? session.record.createdAt
        // A clock may be set back between the two.
        return max(0, Date(milliseconds: new.time.milliseconds).timeIntervalSince(start))
    }

    private func countCheckpoints(session id: Int64) throws {
        try execute(
            """
            UPDATE session SET (checkpointCount, checkpointBytes, savedAt) =
                (SELECT count(*), coalesce(sum(bytes), 0), max(createdAt) FROM checkpoint WHERE session = :id)
            WHERE id = :id
            """, ["id": id])
    }

    /// All checkpoints of a session, oldest first.
    package func checkpoints(session id: Int64) throws -> [CheckpointRecord] {
        let name = try requireSession(id: id).name
        return try all(
            "SELECT \(Self.checkpointColumns) FROM checkpoint c WHERE c.session = ? ORDER BY c.epoch, c.sequence", [id]
        ) { columns in try Self.checkpoint(&columns, of: name) }
    }

    package func checkpoint(session id: Int64, _ name: CheckpointName) throws -> CheckpointRecord? {
        let session = try requireSession(id: id).name
        return try first(
            "SELECT \(Self.checkpointColumns) FROM checkpoint c WHERE c.session = ? AND c.name = ?", [id, name.rawValue]
        ) { columns in try Self.checkpoint(&columns, of: session) }
    }

    /// Removes checkpoints and returns what they were; names that do not exist are passed over. The content is left to the sweep.
    @discardableResult
    package func removeCheckpoints(session id: Int64, _ names: [CheckpointName]) throws -> [CheckpointRecord] {
        let removed = try names.compactMap { name in
            guard let record = try checkpoint(session: id, name) else { return nil as CheckpointRecord? }
            try execute("DELETE FROM checkpoint WHERE session = ? AND name = ?", [id, name.rawValue])
            return record
        }
        if !removed.isEmpty { try countCheckpoints(session: id) }
        return removed
    }
}
