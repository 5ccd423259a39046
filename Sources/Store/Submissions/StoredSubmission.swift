package import API
package import Foundation

/// A submission with what only the platform needs to know of it.
package struct StoredSubmission: Sendable {
    package var record: SubmissionRecord
    /// The id of the session that works, or worked, on it.
    package var sessionId: Int64
    package var batchSize: Int?
    /// Over what decided its score.
    package var scoring: Digest
}

/// A submission to be made, for a session that has been made in the same transaction.
package struct NewSubmissionRow: Sendable {
    package var dataset: DatasetName
    package var version: Int
    package var scoring: Digest
    package var metric: String
    package var order: MetricOrder
    package var user: UserName
    package var checkpoint: CheckpointReference
    package var checkpointBytes: Int64
    package var isTest: Bool
    package var batchSize: Int?
    package var startLimitSeconds: Double
    package var inferLimitSeconds: Double
    package var sessionId: Int64
    package var createdAt: Date

    package init(
        dataset: DatasetName, version: Int, scoring: Digest, metric: String, order: MetricOrder, user: UserName,
        checkpoint: CheckpointReference, checkpointBytes: Int64, isTest: Bool, batchSize: Int?, startLimitSeconds: Double,
        inferLimitSeconds: Double, sessionId: Int64, createdAt: Date
    ) {
        self.dataset = dataset
        self.version = version
        self.scoring = scoring
        self.metric = metric
        self.order = order
        self.user = user
        self.checkpoint = checkpoint
        self.checkpointBytes = checkpointBytes
        self.isTest = isTest
        self.batchSize = batchSize
        self.startLimitSeconds = startLimitSeconds
        self.inferLimitSeconds = inferLimitSeconds
        self.sessionId = sessionId
        self.createdAt = createdAt
    }
}

extension StoredSubmission {
    /// The table `s`, and the session `e` if it is still there.
    static let query = """
        SELECT s.number, s.dataset, s.version, s.user, s.checkpoint, s.checkpointBytes, s.isTest, s.status, s.stage, e.name, s.createdAt,
            s.finishedAt, s.loadSeconds, s.inferSeconds, s.metric, s.metricOrder, s.score, s.failure, s.attempts, s.changeNumber,
            s.startLimitSeconds, s.inferLimitSeconds, s.session, s.batchSize, s.scoring
        FROM submission s LEFT JOIN session e ON e.id = s.session
        """

    static func decode(_ columns: inout Columns) throws -> StoredSubmission {
        let record = SubmissionRecord(
            number: columns.integer(), dataset: DatasetReference(name: columns.dataset(), version: columns.int()), user: columns.user(),
            checkpoint: try CheckpointReference(parsing: columns.text()), checkpointBytes: columns.integer(), isTest: columns.flag(),
            status: try columns.word(), stage: try columns.word(), session: try columns.optionalText().map { try SessionName(stored: $0) },
            createdAt: columns.date(), finishedAt: columns.optionalDate(), loadSeconds: columns.optionalReal(),
            inferSeconds: columns.optionalReal(), metric: columns.text(), order: try columns.word(), score: columns.optionalReal(),
            rank: nil, failure: columns.optionalText(), attempts: columns.int(), changeNumber: columns.integer(),
            startLimitSeconds: columns.real(), inferLimitSeconds: columns.real())
        return StoredSubmission(
            record: record, sessionId: columns.integer(), batchSize: columns.optionalInt(), scoring: try columns.digest())
    }
}

extension SessionName {
    /// From a column; `None` stands for no dataset.
    init(stored text: String) throws { try self.init(parsing: text) }
}
