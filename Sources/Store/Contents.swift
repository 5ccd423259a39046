package import API
package import Foundation
import GRDB

/// Which content there is, who may refer to it, and what refers to it.
///
/// Questions come about 50,000 digests at once. One statement a digest would spend its time on calls, so a list goes in as one bound
/// blob of records of equal length, which SQLite itself walks: 32 bytes of digest, and where sizes are needed 19 decimal digits.
extension Transaction {
    private static let sizeDigits = 19
    private static let records =
        "WITH RECURSIVE record(i) AS (SELECT 0 WHERE :count > 0 UNION ALL SELECT i + 1 FROM record WHERE i + 1 < :count)"

    private static func packed(_ digests: [Digest]) -> Data {
        var data = Data(capacity: digests.count * Digest.byteCount)
        for digest in digests { data.append(contentsOf: digest.bytes) }
        return data
    }

    private func executeForEach(_ digests: [Digest], _ sql: String) throws {
        guard !digests.isEmpty else { return }
        try execute("\(Self.records) \(sql)", ["list": Self.packed(digests), "count": digests.count])
    }

    /// Which of `digests` this user may refer to without sending them again: what the user once sent, and what is public.
    package func heldContent(_ digests: [Digest], by user: UserName) throws -> Set<Digest> {
        let held = try all(
            """
            \(Self.records)
            SELECT i FROM record CROSS JOIN content ON content.digest = substr(:list, i * 32 + 1, 32)
            WHERE isPublic OR EXISTS (
                SELECT 1 FROM contentHolder WHERE contentHolder.digest = content.digest AND contentHolder.user = :user)
            """, ["list": Self.packed(digests), "count": digests.count, "user": user.rawValue]
        ) { columns in digests[columns.int()] }
        return Set(held)
    }

    /// Notes content that is on disk now, as sent by `holder`. What is known already keeps its age, and gains the holder.
    package func addContent(_ contents: [(digest: Digest, bytes: Int64)], holder: UserName, at time: Date) throws {
        guard !contents.isEmpty else { return }
        // In the order of the tables, so that each of their pages is visited once.
        let contents = contents.sorted { $0.digest < $1.digest }
        var list = Data(capacity: contents.count * (Digest.byteCount + Self.sizeDigits))
        for (digest, bytes) in contents {
            list.append(contentsOf: digest.bytes)
            let digits = String(max(0, bytes)).utf8
            list.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: Self.sizeDigits - digits.count))
            list.append(contentsOf: digits)
        }
        let arguments: StatementArguments = ["list": list, "count": contents.count]
        try execute(
            """
            INSERT INTO content (digest, bytes, createdAt, isPublic)
            \(Self.records)
            SELECT substr(:list, i * 51 + 1, 32), CAST(substr(:list, i * 51 + 33, 19) AS INTEGER), :time, 0 FROM record
            WHERE true ON CONFLICT DO NOTHING
            """, arguments &+ ["time": time.milliseconds])
        try execute(
            """
            INSERT INTO contentHolder (digest, user)
            \(Self.records)
            SELECT substr(:list, i * 51 + 1, 32), :user FROM record
            WHERE true ON CONFLICT DO NOTHING
            """, arguments &+ ["user": holder.rawValue])
    }

    /// From now on every user may refer to these: the files of a dataset that is not private.
    package func publishContent(_ digests: [Digest]) throws {
        try executeForEach(
            digests, "UPDATE content SET isPublic = 1 WHERE digest IN (SELECT substr(:list, i * 32 + 1, 32) FROM record) AND NOT isPublic")
    }

    /// From now on nobody may refer to these without having sent them.
    package func unpublishContent(_ digests: [Digest]) throws {
        try executeForEach(
            digests, "UPDATE content SET isPublic = 0 WHERE digest IN (SELECT substr(:list, i * 32 + 1, 32) FROM record) AND isPublic")
    }

    /// The size of some content; nil when the server does not have it.
    package func contentBytes(of digest: Digest) throws -> Int64? {
        try integer("SELECT bytes FROM content WHERE digest = ?", [digest.column])
    }

    /// Content that was there before `time`, in the order of digests after `after`: what a sweep looks through.
    package func contentOlderThan(_ time: Date, after: Digest?, limit: Int) throws -> [Digest] {
        try all(
            "SELECT digest FROM content WHERE digest > ? AND createdAt < ? ORDER BY digest LIMIT ?",
            [after?.column ?? Data(), time.milliseconds, limit]
        ) { columns in try columns.digest() }
    }

    /// How often content was removed until now.
    package func sweepNumber() throws -> Int64 { try integer("SELECT number FROM sweep") ?? 0 }

    /// Content that somebody saw here when `sweep` was the number, and that is referred to from this transaction on: it must still be here.
    package func requireContent(_ digests: [Digest], seenAt sweep: Int64) throws {
        guard try sweepNumber() != sweep else { return }
        let known = try first(
            """
            \(Self.records)
            SELECT count(DISTINCT content.digest) FROM record JOIN content ON content.digest = substr(:list, i * 32 + 1, 32)
            """, ["list": Self.packed(digests), "count": digests.count]
        ) { columns in columns.int() }
        guard known == Set(digests).count else { throw Failure.contentBeingRemoved }
    }

    /// Forgets content; the files are the caller's to remove, afterwards.
    package func removeContent(_ digests: [Digest]) throws {
        try execute("UPDATE sweep SET number = number + 1")
        try executeForEach(digests, "DELETE FROM content WHERE digest IN (SELECT substr(:list, i * 32 + 1, 32) FROM record)")
    }

    /// What the database says of the content whose digest begins with `firstByte`, in order: one of 256 portions.
    package func content(firstByte: UInt8) throws -> [(digest: Digest, bytes: Int64)] {
        let end = firstByte == .max ? Data(repeating: 0xFF, count: Digest.byteCount + 1) : Data([firstByte + 1])
        return try all(
            "SELECT digest, bytes FROM content WHERE digest >= ? AND digest < ? ORDER BY digest", [Data([firstByte]), end]
        ) { columns in (digest: try columns.digest(), bytes: columns.integer()) }
    }

    /// How much content there is.
    package func contentTotals() throws -> (count: Int64, bytes: Int64) {
        try first("SELECT count(*), coalesce(sum(bytes), 0) FROM content") { columns in
            (count: columns.integer(), bytes: columns.integer())
        } ?? (0, 0)
    }

    /// The manifests of all that exists: versions of datasets, workspaces of sessions, checkpoints, and those that sessions began
    /// with. A session that only answers needs its own no longer when it is over; training keeps it, to be done again.
    package func referencedManifests() throws -> [Digest] {
        try all(
            """
            SELECT manifest FROM datasetVersion UNION SELECT manifest FROM datasetPublic UNION SELECT workspace FROM session
            UNION SELECT manifest FROM checkpoint UNION SELECT checkpointManifest FROM session
                WHERE checkpointManifest IS NOT NULL AND (finishedAt IS NULL OR type NOT IN ('infer', 'submit', 'submit(test)'))
            """
        ) { columns in try columns.digest() }
    }

    /// Everything that has a manifest, by the name that people know, and the manifest.
    package func manifestUses() throws -> [(use: String, manifest: Digest)] {
        try all(
            """
            SELECT 'dataset ' || dataset || '@' || number, manifest FROM datasetVersion
            UNION ALL SELECT 'dataset ' || dataset || '@' || version || ' as others see it', manifest FROM datasetPublic
                WHERE manifest NOT IN (SELECT manifest FROM datasetVersion)
            UNION ALL SELECT 'code of session ' || name, workspace FROM session
            UNION ALL SELECT 'checkpoint that session ' || name || ' began with', checkpointManifest FROM session
                WHERE checkpointManifest IS NOT NULL AND (finishedAt IS NULL OR type NOT IN ('infer', 'submit', 'submit(test)'))
            UNION ALL SELECT 'checkpoint ' || session.name || '/' || checkpoint.name, manifest
                FROM checkpoint JOIN session ON session.id = checkpoint.session
            """
        ) { columns in (use: columns.text(), manifest: try columns.digest()) }
    }
}

extension Failure {
    /// A sweep has come between looking at content and referring to it.
    package static let contentBeingRemoved = Failure(.unavailable, "some of the content was being removed just now", hint: "send it again")
}
