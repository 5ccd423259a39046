package import API
package import Foundation
import GRDB

/// Submissions, each a row that is over once and for all.
extension Transaction {
    package func insertSubmission(_ row: NewSubmissionRow) throws -> StoredSubmission {
        try execute(
            """
            INSERT INTO submission (dataset, version, scoring, metric, metricOrder, user, checkpoint, checkpointBytes, isTest, batchSize,
                startLimitSeconds, inferLimitSeconds, session, createdAt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                row.dataset.rawValue, row.version, row.scoring.column, row.metric, row.order.rawValue, row.user.rawValue,
                row.checkpoint.description, row.checkpointBytes, row.isTest, row.batchSize, row.startLimitSeconds, row.inferLimitSeconds,
                row.sessionId, row.createdAt.milliseconds,
            ])
        let number = database.lastInsertedRowID
        guard let made = try submission(number) else { throw Failure.noSuch("submission", number) }
        return made
    }

    package func submission(_ number: Int64) throws -> StoredSubmission? {
        try first("\(StoredSubmission.query) WHERE s.number = ?", [number], StoredSubmission.decode)
    }

    /// The one that this session works on; nil when there is none, or it is over.
    package func openSubmission(session id: Int64) throws -> StoredSubmission? {
        try first(
            "\(StoredSubmission.query) WHERE s.session = ? AND s.status IN ('queued', 'running')", [id], StoredSubmission.decode)
    }

    /// All that are under way, oldest first.
    package func openSubmissions() throws -> [StoredSubmission] {
        try all("\(StoredSubmission.query) WHERE s.status IN ('queued', 'running') ORDER BY s.number", [], StoredSubmission.decode)
    }

    /// Newest first; nil filters let everything through.
    package func submissions(
        user: UserName?, dataset: DatasetName?, source: SessionName?, limit: Int, before: Int64?
    ) throws -> Page<SubmissionRecord> {
        let found = try all(
            """
            \(StoredSubmission.query)
            WHERE (:user IS NULL OR s.user = :user) AND (:dataset IS NULL OR s.dataset = :dataset)
                AND (:source IS NULL OR substr(s.checkpoint, 1, length(:source) + 1) = :source || '/')
                AND (:before IS NULL OR s.number < :before)
            ORDER BY s.number DESC LIMIT :limit
            """,
            [
                "user": user?.rawValue, "dataset": dataset?.rawValue, "source": source?.description, "before": before, "limit": limit + 1,
            ], StoredSubmission.decode)
        guard found.count > limit else { return Page(items: found.map(\.record)) }
        return Page(items: found.prefix(limit).map(\.record), next: found.prefix(limit).last.map { "\($0.record.number)" })
    }

    /// When the scores were asked for that a user got, or may still get, on a dataset since `time`; oldest first.
    package func submissionTimes(
        user: UserName, dataset: DatasetName, since time: Date, in statuses: [SubmissionStatus]
    ) throws -> [Date] {
        let words = statuses.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try all(
            """
            SELECT createdAt FROM submission
            WHERE dataset = ? AND user = ? AND NOT isTest AND createdAt > ? AND status IN (\(words)) ORDER BY createdAt
            """, [dataset.rawValue, user.rawValue, time.milliseconds]
        ) { columns in columns.date() }
    }

    /// Notes how far it is.
    package func noteSubmission(_ number: Int64, _ status: SubmissionStatus, _ report: SubmissionReport?) throws {
        try execute(
            """
            UPDATE submission SET status = :status, stage = coalesce(:stage, stage), loadSeconds = coalesce(:load, loadSeconds),
                inferSeconds = coalesce(:infer, inferSeconds), score = coalesce(:score, score), failure = coalesce(:failure, failure),
                changeNumber = changeNumber + 1
            WHERE number = :number AND status IN ('queued', 'running')
            """,
            [
                "number": number, "status": status.rawValue, "stage": report?.stage.rawValue, "load": report?.loadSeconds,
                "infer": report?.inferSeconds, "score": report?.score, "failure": report?.failure,
            ])
    }

    /// Ends it. Nothing of it changes from here on.
    package func finishSubmission(_ number: Int64, _ status: SubmissionStatus, failure: String?, at time: Date) throws {
        try execute(
            """
            UPDATE submission SET status = :status, finishedAt = :time, changeNumber = changeNumber + 1,
                failure = CASE WHEN :status = 'scored' THEN NULL ELSE coalesce(:failure, failure) END,
                score = CASE WHEN :status = 'scored' THEN score END
            WHERE number = :number AND status IN ('queued', 'running')
            """, ["number": number, "status": status.rawValue, "failure": failure, "time": time.milliseconds])
    }

    /// Gives it another session, after a fault of the platform.
    package func restartSubmission(_ number: Int64, session id: Int64) throws {
        try execute(
            """
            UPDATE submission SET session = ?, attempts = attempts + 1, status = 'queued', stage = 'start', loadSeconds = NULL,
                inferSeconds = NULL, score = NULL, failure = NULL, changeNumber = changeNumber + 1
            WHERE number = ? AND status IN ('queued', 'running')
            """, [id, number])
    }
}
