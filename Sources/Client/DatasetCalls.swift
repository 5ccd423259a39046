package import API

/// About datasets.
extension APIClient {
    /// `pattern` is a glob over names.
    package func datasets(pattern: String? = nil, limit: Int? = nil, after: String? = nil) async throws -> Page<DatasetRecord> {
        try await call(Endpoints.listDatasets, query: query(("pattern", pattern), ("limit", limit), ("after", after)))
    }

    package func dataset(_ name: DatasetName) async throws -> DatasetRecord {
        try await call(Endpoints.getDataset, ["dataset": name.rawValue])
    }

    package func changeDataset(_ name: DatasetName, _ change: DatasetChange) async throws -> DatasetRecord {
        try await call(Endpoints.changeDataset, ["dataset": name.rawValue], body: change)
    }

    package func removeDataset(_ name: DatasetName) async throws {
        _ = try await call(Endpoints.removeDataset, ["dataset": name.rawValue], as: Done.self)
    }

    package func versions(of name: DatasetName, after: String? = nil) async throws -> Page<DatasetVersion> {
        try await call(Endpoints.listVersions, ["dataset": name.rawValue], query: query(("after", after)))
    }

    /// Makes the dataset, or its next version, once all content is there. The newest version's own files make none. Checking millions of
    /// files takes a while.
    package func addVersion(of name: DatasetName, _ version: NewDatasetVersion) async throws -> DatasetRecord {
        try await call(Endpoints.addVersion, ["dataset": name.rawValue], body: version, timeoutSeconds: 300)
    }

    /// The first `limit` files; 0 for all. A reference without a version means the newest.
    package func files(of dataset: DatasetReference, limit: Int? = nil) async throws -> FileList {
        try await call(
            Endpoints.listDatasetFiles, ["dataset": dataset.name.rawValue], query: query(("version", dataset.version), ("limit", limit)),
            timeoutSeconds: 120)
    }
}
