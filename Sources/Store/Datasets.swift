package import API
package import Foundation
import GRDB

extension Transaction {
    private static let datasetQuery = """
        SELECT d.name, d.owner, d.description, d.tags, d.isPrivate, d.metric, d.metricOrder, d.checkpointLimitBytes, d.submitsPerHour,
            d.startLimitSeconds, d.inferLimitSeconds, d.createdAt, d.versionCount, v.number, v.manifest, v.fileCount, v.bytes, v.createdAt, v.author
        FROM dataset d JOIN datasetVersion v ON v.dataset = d.name AND v.number = d.versionCount
        """
    /// Whether the viewer may see `d`.
    private static let readable = """
        (NOT d.isPrivate OR :isAdmin OR d.owner = :viewer
            OR EXISTS (SELECT 1 FROM datasetReader r WHERE r.dataset = d.name AND r.user = :viewer))
        """

    private static func dataset(_ columns: inout Columns) throws -> DatasetRecord {
        let name = columns.dataset()
        let owner = columns.user()
        let settings = DatasetSettings(
            description: columns.text(), tags: try columns.json(), isPrivate: columns.flag(), metric: columns.optionalText(),
            order: try columns.word(), checkpointLimitBytes: columns.optionalInteger(), submitsPerHour: columns.optionalInt(),
            startLimitSeconds: columns.optionalReal(), inferLimitSeconds: columns.optionalReal())
        let createdAt = columns.date()
        let count = columns.int()
        return DatasetRecord(
            name: name, owner: owner, settings: settings, createdAt: createdAt, version: try version(&columns), versionCount: count)
    }

    private static func version(_ columns: inout Columns) throws -> DatasetVersion {
        DatasetVersion(
            number: columns.int(), manifest: try columns.digest(), fileCount: columns.int(), bytes: columns.integer(),
            createdAt: columns.date(), author: columns.user())
    }

    package func dataset(_ name: DatasetName) throws -> DatasetRecord? {
        try first("\(Self.datasetQuery) WHERE d.name = ?", [name.rawValue], Self.dataset)
    }

    /// Datasets by name, as far as `viewer` may see them.
    package func datasets(pattern: String? = nil, viewer: Identity, limit: Int, after: String? = nil) throws -> Page<DatasetRecord> {
        let found = try all(
            """
            \(Self.datasetQuery)
            WHERE d.name > :after AND \(Self.readable) AND (:pattern IS NULL OR d.name GLOB :pattern)
            ORDER BY d.name LIMIT :limit
            """,
            [
                "after": after ?? "", "isAdmin": viewer.role == .admin, "viewer": viewer.user.rawValue,
                "pattern": try pattern.map(globColumn), "limit": limit + 1,
            ], Self.dataset)
        guard found.count > limit else { return Page(items: found) }
        return Page(items: Array(found.prefix(limit)), next: found.prefix(limit).last?.name.rawValue)
    }

    /// Whether `viewer` may see the dataset; false also when there is none.
    package func canRead(_ name: DatasetName, viewer: Identity) throws -> Bool {
        try integer(
            "SELECT 1 FROM dataset d WHERE d.name = :name AND \(Self.readable)",
            ["name": name.rawValue, "isAdmin": viewer.role == .admin, "viewer": viewer.user.rawValue]) != nil
    }

    /// The users who may see a private dataset besides its owner.
    package func readers(of name: DatasetName) throws -> [UserName] {
        try all("SELECT user FROM datasetReader WHERE dataset = ? ORDER BY user", [name.rawValue]) { columns in columns.user() }
    }

    /// Makes a dataset with its version 1. Throws `already_exists` when the name is taken.
    @discardableResult
    package func insertDataset(
        _ name: DatasetName, owner: UserName, settings: DatasetSettings, manifest: Digest, fileCount: Int, bytes: Int64, at time: Date,
        newBytes: Int64? = nil
    ) throws -> DatasetRecord {
        guard name != .none else { throw Failure.invalidName("dataset", name.rawValue) }
        do {
            try execute(
                """
                INSERT INTO dataset (name, owner, description, tags, isPrivate, metric, metricOrder, checkpointLimitBytes, submitsPerHour,
                    startLimitSeconds, inferLimitSeconds, createdAt, versionCount)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
                """,
                [
                    name.rawValue, owner.rawValue, settings.description, try jsonColumn(settings.tags), settings.isPrivate, settings.metric,
                    settings.order.rawValue, settings.checkpointLimitBytes, settings.submitsPerHour, settings.startLimitSeconds,
                    settings.inferLimitSeconds, time.milliseconds,
                ])
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY {
            throw Failure.exists("dataset", name, hint: "push with --force to make its next version")
        }
        let version = try insertVersion(
            name, manifest: manifest, fileCount: fileCount, bytes: bytes, author: owner, at: time, newBytes: newBytes)
        return DatasetRecord(
            name: name, owner: owner, settings: settings, createdAt: Date(milliseconds: time.milliseconds), version: version,
            versionCount: 1)
    }

    /// Makes the next version of a dataset.
    ///
    /// - Parameter newBytes: what of it the version before does not have; nil: all.
    @discardableResult
    package func insertVersion(
        _ name: DatasetName, manifest: Digest, fileCount: Int, bytes: Int64, author: UserName, at time: Date, newBytes: Int64? = nil
    ) throws -> DatasetVersion {
        guard
            let number = try integer(
                "UPDATE dataset SET versionCount = versionCount + 1 WHERE name = ? RETURNING versionCount", [name.rawValue])
        else { throw Failure.noDataset(name) }
        try execute(
            """
            INSERT INTO datasetVersion (dataset, number, manifest, fileCount, bytes, createdAt, author, newBytes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [name.rawValue, number, manifest.column, fileCount, bytes, time.milliseconds, author.rawValue, newBytes])
        return DatasetVersion(
            number: Int(number), manifest: manifest, fileCount: fileCount, bytes: bytes, createdAt: Date(milliseconds: time.milliseconds),
            author: author)
    }

    /// All versions, oldest first.
    package func versions(of name: DatasetName) throws -> [DatasetVersion] {
        try all(
            "SELECT number, manifest, fileCount, bytes, createdAt, author FROM datasetVersion WHERE dataset = ? ORDER BY number",
            [name.rawValue], Self.version)
    }

    package func version(of name: DatasetName, number: Int) throws -> DatasetVersion? {
        try first(
            "SELECT number, manifest, fileCount, bytes, createdAt, author FROM datasetVersion WHERE dataset = ? AND number = ?",
            [name.rawValue, number], Self.version)
    }

    /// Sets what `change` names, readers included. Throws `not_found` for the dataset, or for a reader who is no user.
    @discardableResult
    package func changeDataset(_ name: DatasetName, _ change: DatasetChange) throws -> DatasetRecord {
        try execute(
            """
            UPDATE dataset SET description = coalesce(:description, description), tags = coalesce(:tags, tags),
                isPrivate = coalesce(:isPrivate, isPrivate), metric = coalesce(:metric, metric),
                metricOrder = coalesce(:order, metricOrder), checkpointLimitBytes = coalesce(:limit, checkpointLimitBytes),
                submitsPerHour = coalesce(:submits, submitsPerHour),
                startLimitSeconds = coalesce(:start, startLimitSeconds), inferLimitSeconds = coalesce(:infer, inferLimitSeconds)
            WHERE name = :name
            """,
            [
                "description": change.description, "tags": try change.tags.map { try jsonColumn($0) }, "isPrivate": change.isPrivate,
                "metric": change.metric, "order": change.order?.rawValue, "limit": change.checkpointLimitBytes,
                "submits": change.submitsPerHour,
                "start": change.startLimitSeconds, "infer": change.inferLimitSeconds, "name": name.rawValue,
            ])
        for reader in change.removeReaders ?? [] {
            try execute("DELETE FROM datasetReader WHERE dataset = ? AND user = ?", [name.rawValue, reader.rawValue])
        }
        for reader in change.addReaders ?? [] {
            guard try user(reader) != nil else { throw Failure.noSuch("user", reader, hint: "'nsml user ls' lists them") }
            try execute(
                "INSERT INTO datasetReader (dataset, user) VALUES (?, ?) ON CONFLICT DO NOTHING", [name.rawValue, reader.rawValue])
        }
        guard let record = try dataset(name) else { throw Failure.noDataset(name) }
        return record
    }

    /// Removes a dataset with all its versions; its content is left to the sweep.
    package func removeDataset(_ name: DatasetName) throws {
        try execute("DELETE FROM dataset WHERE name = ?", [name.rawValue])
        guard database.changesCount > 0 else { throw Failure.noDataset(name) }
    }
}
