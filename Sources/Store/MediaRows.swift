package import API
package import Foundation
import GRDB

/// Images, sounds, histograms and tables of sessions.
extension Transaction {
    /// No session leaves more parts behind whose others never come.
    private static let maximumParts: Int64 = 128

    package func hasMedia(session id: Int64, offset: Int64) throws -> Bool {
        try integer("SELECT 1 FROM media WHERE session = ? AND offset = ?", [id, offset]) != nil
    }

    /// Keeps a part until the others are there. Twice is once.
    package func addMediaPart(session id: Int64, media: String, part: Int, bytes: Data) throws {
        if try integer("SELECT count(*) FROM mediaPart WHERE session = ?", [id]) ?? 0 >= Self.maximumParts {
            try execute("DELETE FROM mediaPart WHERE session = ? AND id <> ?", [id, media])
        }
        try execute("INSERT OR REPLACE INTO mediaPart (session, id, part, bytes) VALUES (?, ?, ?, ?)", [id, media, part, bytes])
    }

    /// The parts in their order.
    package func mediaParts(session id: Int64, media: String) throws -> [Data] {
        try all("SELECT bytes FROM mediaPart WHERE session = ? AND id = ? ORDER BY part", [id, media]) { $0.blob() }
    }

    package func removeMediaParts(session id: Int64, media: String) throws {
        try execute("DELETE FROM mediaPart WHERE session = ? AND id = ?", [id, media])
    }

    /// Keeps one in the place of what had its name and step before.
    package func addMedia(session id: Int64, _ record: MediaRecord, digest: Digest) throws {
        try execute("DELETE FROM media WHERE session = ? AND name = ? AND step = ?", [id, record.name, record.step])
        try execute(
            """
            INSERT OR REPLACE INTO media (session, offset, name, step, time, kind, type, caption, bytes, digest)
            VALUES (:session, :offset, :name, :step, :time, :kind, :type, :caption, :bytes, :digest)
            """,
            [
                "session": id, "offset": record.number, "name": record.name, "step": record.step, "time": record.time.milliseconds,
                "kind": record.kind.rawValue, "type": record.type, "caption": record.caption, "bytes": record.bytes,
                "digest": digest.column,
            ])
    }

    /// Those after number `after`, in the order in which they came.
    package func media(session id: Int64, name: String?, after: Int64, limit: Int) throws -> [MediaRecord] {
        try all(
            """
            SELECT offset, name, step, time, kind, type, caption, bytes FROM media
            WHERE session = :session AND offset > :after AND (:name IS NULL OR name = :name) ORDER BY offset LIMIT :limit
            """, ["session": id, "after": after, "name": name, "limit": limit]
        ) { columns in
            MediaRecord(
                number: columns.integer(), name: columns.text(), step: columns.integer(), time: columns.date(), kind: try columns.word(),
                type: columns.text(), caption: columns.text(), bytes: columns.integer())
        }
    }

    /// What one is made of; nil when there is none of this number.
    package func mediaContent(session id: Int64, number: Int64) throws -> (digest: Digest, type: String)? {
        try first("SELECT digest, type FROM media WHERE session = ? AND offset = ?", [id, number]) { columns in
            (digest: try columns.digest(), type: columns.text())
        }
    }

    package func mediaTotals(session id: Int64) throws -> (count: Int64, bytes: Int64, last: Int64) {
        try first("SELECT count(*), coalesce(sum(bytes), 0), coalesce(max(offset), 0) FROM media WHERE session = ?", [id]) { columns in
            (count: columns.integer(), bytes: columns.integer(), last: columns.integer())
        } ?? (0, 0, 0)
    }

    /// The number of the newest one; 0 when there is none.
    package func lastMedia(session id: Int64) throws -> Int64 {
        try integer("SELECT offset FROM media WHERE session = ? ORDER BY offset DESC LIMIT 1", [id]) ?? 0
    }

    /// The content that media of any session are made of.
    package func mediaDigests() throws -> [Digest] {
        try all("SELECT DISTINCT digest FROM media") { try $0.digest() }
    }

    /// Whether some image, sound or table is this content.
    package func isMedia(_ digest: Digest) throws -> Bool {
        try integer("SELECT 1 FROM media WHERE digest = ? LIMIT 1", [digest.column]) != nil
    }
}
