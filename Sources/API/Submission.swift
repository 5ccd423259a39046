package import Foundation

/// How far a submission has come.
package enum SubmissionStatus: String, Codable, Sendable, CaseIterable {
    case queued, running, scored, failed, cancelled

    /// Whether nothing can happen to it any more.
    package var isFinal: Bool { self == .scored || self == .failed || self == .cancelled }
}

/// What a submission is at, and where it went wrong if it did.
package enum SubmissionStage: String, Codable, Sendable, CaseIterable {
    /// The author's code runs up to `nsml.paused`.
    case start
    /// The checkpoint is loaded.
    case load
    /// The dataset's loader reads the test data.
    case data
    /// The author's infer function answers.
    case infer
    /// The dataset's evaluation, or a built-in metric, compares predictions and labels.
    case evaluate
}

/// What `nsml submit` asks for.
package struct NewSubmission: RequestBody {
    package static let fields: Set<String> = ["checkpoint", "isTest", "batchSize", "gpus", "memoryBytes"]
    package var checkpoint: CheckpointName
    /// On the small sample `test_submit/`: everything is shown and nothing counts.
    package var isTest: Bool
    /// How many inputs `infer` gets at a time where the dataset's loader returns a list; nil: 2500.
    package var batchSize: Int?
    /// nil: as the session had.
    package var gpus: Int?
    package var memoryBytes: Int64?

    package init(checkpoint: CheckpointName, isTest: Bool = false, batchSize: Int? = nil, gpus: Int? = nil, memoryBytes: Int64? = nil) {
        self.checkpoint = checkpoint
        self.isTest = isTest
        self.batchSize = batchSize
        self.gpus = gpus
        self.memoryBytes = memoryBytes
    }
}

/// A checkpoint on its way to a score, or with one. What has a score or has failed never changes again.
package struct SubmissionRecord: Codable, Sendable {
    package var number: Int64
    /// With the version that it is scored on.
    package var dataset: DatasetReference
    package var user: UserName
    package var checkpoint: CheckpointReference
    package var checkpointBytes: Int64
    package var isTest: Bool
    package var status: SubmissionStatus
    package var stage: SubmissionStage
    /// The session that works on it; nil once that has been removed.
    package var session: SessionName?
    package var createdAt: Date
    package var finishedAt: Date?
    /// How long the author's code took to start and load.
    package var loadSeconds: Double?
    /// How long the test set took.
    package var inferSeconds: Double?
    package var metric: String
    package var order: MetricOrder
    package var score: Double?
    /// Its author's place on the board at this moment; nil where this is not the author's best, or does not count.
    package var rank: Int?
    /// Why there is no score: a sentence without anything of the test data.
    package var failure: String?
    /// How often the platform has begun: more than once after a fault of its own.
    package var attempts: Int
    /// Grows with everything that happens to it while it is under way.
    package var changeNumber: Int64
    /// The longest that starting and inferring may take.
    package var startLimitSeconds: Double
    package var inferLimitSeconds: Double

    package init(
        number: Int64, dataset: DatasetReference, user: UserName, checkpoint: CheckpointReference, checkpointBytes: Int64, isTest: Bool,
        status: SubmissionStatus, stage: SubmissionStage, session: SessionName?, createdAt: Date, finishedAt: Date?, loadSeconds: Double?,
        inferSeconds: Double?, metric: String, order: MetricOrder, score: Double?, rank: Int?, failure: String?, attempts: Int,
        changeNumber: Int64, startLimitSeconds: Double, inferLimitSeconds: Double
    ) {
        self.number = number
        self.dataset = dataset
        self.user = user
        self.checkpoint = checkpoint
        self.checkpointBytes = checkpointBytes
        self.isTest = isTest
        self.status = status
        self.stage = stage
        self.session = session
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.loadSeconds = loadSeconds
        self.inferSeconds = inferSeconds
        self.metric = metric
        self.order = order
        self.score = score
        self.rank = rank
        self.failure = failure
        self.attempts = attempts
        self.changeNumber = changeNumber
        self.startLimitSeconds = startLimitSeconds
        self.inferLimitSeconds = inferLimitSeconds
    }
}

/// What the supervisor of a submission tells of it, with its session's progress.
package struct SubmissionReport: Codable, Sendable, Hashable {
    package var stage: SubmissionStage
    package var loadSeconds: Double?
    package var inferSeconds: Double?
    package var score: Double?
    /// Why there will be no score: the author's fault, or the dataset's.
    package var failure: String?

    package init(
        stage: SubmissionStage, loadSeconds: Double? = nil, inferSeconds: Double? = nil, score: Double? = nil, failure: String? = nil
    ) {
        self.stage = stage
        self.loadSeconds = loadSeconds
        self.inferSeconds = inferSeconds
        self.score = score
        self.failure = failure
    }
}

/// One row of a dataset's leaderboard: a user's best.
package struct BoardEntry: Codable, Sendable {
    /// From 1; nil for a score that does not compare, of a version with other test data.
    package var rank: Int?
    package var user: UserName
    package var score: Double
    /// The checkpoint that has it; on a board of reports the session alone may be known.
    package var session: SessionName
    package var checkpoint: CheckpointName?
    package var checkpointBytes: Int64?
    /// How many scores the user has had.
    package var count: Int
    package var recordedAt: Date
    /// The dataset's version that it was scored on.
    package var version: Int?
    /// The submission; nil on a board of reports.
    package var submission: Int64?

    package init(
        rank: Int?, user: UserName, score: Double, session: SessionName, checkpoint: CheckpointName?, checkpointBytes: Int64?, count: Int,
        recordedAt: Date, version: Int?, submission: Int64?
    ) {
        self.rank = rank
        self.user = user
        self.score = score
        self.session = session
        self.checkpoint = checkpoint
        self.checkpointBytes = checkpointBytes
        self.count = count
        self.recordedAt = recordedAt
        self.version = version
        self.submission = submission
    }
}

/// A dataset's leaderboard: one row for each user, the best first; behind them scores of versions with other test data.
package struct Board: Codable, Sendable {
    package var dataset: DatasetName
    package var version: Int
    package var metric: String
    package var order: MetricOrder
    /// Whether the scores are what training code reported of itself, and not measured on hidden data.
    package var isSelfReported: Bool
    package var entries: [BoardEntry]

    package init(dataset: DatasetName, version: Int, metric: String, order: MetricOrder, isSelfReported: Bool, entries: [BoardEntry]) {
        self.dataset = dataset
        self.version = version
        self.metric = metric
        self.order = order
        self.isSelfReported = isSelfReported
        self.entries = entries
    }
}

/// A moment at which somebody got a better place on a board.
package struct RankChange: Codable, Sendable {
    package var recordedAt: Date
    package var user: UserName
    package var score: Double
    package var rank: Int
    /// The place before; nil for the first score.
    package var formerRank: Int?
    package var checkpoint: CheckpointReference

    package init(recordedAt: Date, user: UserName, score: Double, rank: Int, formerRank: Int?, checkpoint: CheckpointReference) {
        self.recordedAt = recordedAt
        self.user = user
        self.score = score
        self.rank = rank
        self.formerRank = formerRank
        self.checkpoint = checkpoint
    }
}
