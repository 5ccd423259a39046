package import API
import Foundation
import GRDB

/// Leaderboards as the rows of submissions make them.
extension Transaction {
    /// Every user's best score of those that compare: of a metric, and with this digest of what decides scores. The best first; of
    /// equals the earlier one, then the one of the smaller checkpoint.
    package func board(of dataset: DatasetName, scoring: Digest, metric: String, order: MetricOrder, limit: Int) throws -> [BoardEntry] {
        let direction = Self.direction(order)
        var rank = 0
        return try all(
            """
            WITH best AS (
                SELECT s.*, row_number() OVER (
                    PARTITION BY s.user ORDER BY s.score \(direction), s.createdAt, s.checkpointBytes, s.number) AS place
                FROM submission s
                WHERE s.dataset = :dataset AND s.status = 'scored' AND NOT s.isTest AND s.scoring = :scoring AND s.metric = :metric)
            SELECT \(Self.boardColumns) FROM best s WHERE s.place = 1
            ORDER BY s.score \(direction), s.createdAt, s.checkpointBytes, s.number LIMIT :limit
            """,
            ["dataset": dataset.rawValue, "scoring": scoring.column, "metric": metric, "limit": limit]
        ) { columns in
            rank += 1
            return try Self.boardEntry(&columns, rank: rank)
        }
    }

    /// The newest scores of users who have none that compares: of versions with other test data, or of another metric.
    package func outdatedScores(of dataset: DatasetName, scoring: Digest, metric: String, limit: Int) throws -> [BoardEntry] {
        try all(
            """
            WITH newest AS (
                SELECT s.*, row_number() OVER (PARTITION BY s.user ORDER BY s.version DESC, s.number DESC) AS place
                FROM submission s
                WHERE s.dataset = :dataset AND s.status = 'scored' AND NOT s.isTest AND NOT EXISTS (
                    SELECT 1 FROM submission o WHERE o.dataset = s.dataset AND o.status = 'scored' AND o.user = s.user AND NOT o.isTest
                        AND o.scoring = :scoring AND o.metric = :metric))
            SELECT \(Self.boardColumns) FROM newest s WHERE s.place = 1 ORDER BY s.version DESC, s.number LIMIT :limit
            """,
            ["dataset": dataset.rawValue, "scoring": scoring.column, "metric": metric, "limit": limit]
        ) { columns in try Self.boardEntry(&columns, rank: nil) }
    }

    /// All scores that compare, in the order in which they were asked for: what a board's history is made of.
    package func scores(of dataset: DatasetName, scoring: Digest, metric: String, limit: Int) throws -> [SubmissionRecord] {
        try all(
            """
            \(StoredSubmission.query)
            WHERE s.dataset = ? AND s.status = 'scored' AND NOT s.isTest AND s.scoring = ? AND s.metric = ? ORDER BY s.number LIMIT ?
            """, [dataset.rawValue, scoring.column, metric, limit], StoredSubmission.decode
        ).map(\.record)
    }

    private static func direction(_ order: MetricOrder) -> String { order == .ascending ? "ASC" : "DESC" }

    private static let boardColumns = """
        s.user, s.score, s.checkpoint, s.checkpointBytes, s.createdAt, s.version, s.number,
        (SELECT count(*) FROM submission c
            WHERE c.dataset = s.dataset AND c.status = 'scored' AND c.user = s.user AND NOT c.isTest) AS count
        """

    private static func boardEntry(_ columns: inout Columns, rank: Int?) throws -> BoardEntry {
        let (user, score) = (columns.user(), columns.real())
        let checkpoint = try CheckpointReference(parsing: columns.text())
        let (bytes, createdAt, version, number) = (columns.integer(), columns.date(), columns.int(), columns.integer())
        return BoardEntry(
            rank: rank, user: user, score: score, session: checkpoint.session, checkpoint: checkpoint.checkpoint, checkpointBytes: bytes,
            count: columns.int(), recordedAt: createdAt, version: version, submission: number)
    }
}
