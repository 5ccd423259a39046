package import Foundation

package enum MetricOrder: String, Codable, Sendable, CaseIterable {
    /// Smaller is better: errors.
    case ascending
    /// Larger is better: accuracies.
    case descending
}

/// What a dataset says of itself; everything but the files.
package struct DatasetSettings: Codable, Sendable, Hashable {
    package var description: String
    package var tags: [String]
    package var isPrivate: Bool
    /// `accuracy`, `mse`, `f1`, `auc`, `custom` (the dataset's evaluation.py), or the name of a reported metric; nil: no board.
    package var metric: String?
    package var order: MetricOrder
    /// Checkpoints larger than this are not stored for sessions of this dataset; nil: no limit.
    package var checkpointLimitBytes: Int64?
    /// How many scores a user may get in an hour; 0: any number; nil: the platform's own limit.
    package var submitsPerHour: Int?
    /// How long a submission may take to start and load, and then for the test set; nil: the platform's own limits.
    package var startLimitSeconds: Double?
    package var inferLimitSeconds: Double?

    package static let defaultSubmitsPerHour = 60
    package static let defaultStartLimitSeconds: Double = 600
    package static let defaultInferLimitSeconds: Double = 3600

    package init(
        description: String = "", tags: [String] = [], isPrivate: Bool = false, metric: String? = nil, order: MetricOrder = .descending,
        checkpointLimitBytes: Int64? = nil, submitsPerHour: Int? = nil, startLimitSeconds: Double? = nil, inferLimitSeconds: Double? = nil
    ) {
        self.description = description
        self.tags = tags
        self.isPrivate = isPrivate
        self.metric = metric
        self.order = order
        self.checkpointLimitBytes = checkpointLimitBytes
        self.submitsPerHour = submitsPerHour
        self.startLimitSeconds = startLimitSeconds
        self.inferLimitSeconds = inferLimitSeconds
    }

    /// The metrics that the platform computes by itself; `custom` is the dataset's own program.
    package static let builtInMetrics: Set<String> = ["accuracy", "mse", "f1", "auc"]

    /// Whether scores are measured on the hidden test part, and not reported by training code.
    package var isScored: Bool { metric.map { $0 == "custom" || Self.builtInMetrics.contains($0) } ?? false }
}

/// A dataset with its newest version.
package struct DatasetRecord: Codable, Sendable, Hashable {
    package var name: DatasetName
    package var owner: UserName
    package var settings: DatasetSettings
    package var createdAt: Date
    package var version: DatasetVersion
    package var versionCount: Int
    /// Who may see a private dataset besides its owner; told to those who may change it.
    package var readers: [UserName]?

    package init(
        name: DatasetName, owner: UserName, settings: DatasetSettings, createdAt: Date, version: DatasetVersion, versionCount: Int
    ) {
        self.name = name
        self.owner = owner
        self.settings = settings
        self.createdAt = createdAt
        self.version = version
        self.versionCount = versionCount
    }
}

/// One immutable version of a dataset's files.
package struct DatasetVersion: Codable, Sendable, Hashable {
    package var number: Int
    /// The digest of the manifest.
    package var manifest: Digest
    package var fileCount: Int
    package var bytes: Int64
    package var createdAt: Date
    package var author: UserName

    package init(number: Int, manifest: Digest, fileCount: Int, bytes: Int64, createdAt: Date, author: UserName) {
        self.number = number
        self.manifest = manifest
        self.fileCount = fileCount
        self.bytes = bytes
        self.createdAt = createdAt
        self.author = author
    }
}

/// What `nsml dataset push` posts once all content is there. A first push makes the dataset; a later one needs
/// `overwrite` and makes the next version, unless nothing changed.
package struct NewDatasetVersion: RequestBody {
    package static let fields: Set<String> = ["manifest", "overwrite", "settings"]
    package var manifest: Digest
    package var overwrite: Bool
    /// nil keeps what is set, or takes the defaults for a new dataset.
    package var settings: DatasetChange?

    package init(manifest: Digest, overwrite: Bool, settings: DatasetChange? = nil) {
        self.manifest = manifest
        self.overwrite = overwrite
        self.settings = settings
    }
}

/// Changes of a dataset's settings; nil leaves a field as it is.
package struct DatasetChange: RequestBody, Hashable {
    package static let fields: Set<String> = [
        "description", "tags", "isPrivate", "metric", "order", "checkpointLimitBytes", "submitsPerHour", "startLimitSeconds",
        "inferLimitSeconds", "addReaders", "removeReaders",
    ]
    package var description: String?
    package var tags: [String]?
    package var isPrivate: Bool?
    package var metric: String?
    package var order: MetricOrder?
    package var checkpointLimitBytes: Int64?
    package var submitsPerHour: Int?
    package var startLimitSeconds: Double?
    package var inferLimitSeconds: Double?
    /// Users who may see a private dataset.
    package var addReaders: [UserName]?
    package var removeReaders: [UserName]?

    package init(
        description: String? = nil, tags: [String]? = nil, isPrivate: Bool? = nil, metric: String? = nil, order: MetricOrder? = nil,
        checkpointLimitBytes: Int64? = nil, submitsPerHour: Int? = nil, startLimitSeconds: Double? = nil, inferLimitSeconds: Double? = nil,
        addReaders: [UserName]? = nil, removeReaders: [UserName]? = nil
    ) {
        self.description = description
        self.tags = tags
        self.isPrivate = isPrivate
        self.metric = metric
        self.order = order
        self.checkpointLimitBytes = checkpointLimitBytes
        self.submitsPerHour = submitsPerHour
        self.startLimitSeconds = startLimitSeconds
        self.inferLimitSeconds = inferLimitSeconds
        self.addReaders = addReaders
        self.removeReaders = removeReaders
    }
}

/// A file of a dataset, a workspace, a checkpoint or a session's directory, as lists show it.
package struct FileRecord: Codable, Sendable, Hashable {
    package var path: String
    package var bytes: Int64
    package var isExecutable: Bool
    /// Unknown for files that are not kept as content.
    package var digest: Digest?

    package init(path: String, bytes: Int64, isExecutable: Bool = false, digest: Digest? = nil) {
        self.path = path
        self.bytes = bytes
        self.isExecutable = isExecutable
        self.digest = digest
    }
}
