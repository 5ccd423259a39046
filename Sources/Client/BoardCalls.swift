package import API

/// About submissions and leaderboards.
extension APIClient {
    /// Begins to score a checkpoint; it is queued when this returns.
    package func submit(_ session: SessionName, _ submission: NewSubmission) async throws -> SubmissionRecord {
        try await call(Endpoints.submit, session.parameters, body: submission, timeoutSeconds: 60)
    }

    package func submission(_ number: Int64) async throws -> SubmissionRecord {
        try await call(Endpoints.getSubmission, ["number": "\(number)"])
    }

    /// The submission as soon as something newer than `afterChange` has happened to it, or as it is after `waitSeconds`.
    package func submission(_ number: Int64, afterChange: Int64, waitSeconds: Double) async throws -> SubmissionRecord {
        try await call(
            Endpoints.getSubmission, ["number": "\(number)"], query: query(("afterChange", afterChange), ("waitSeconds", waitSeconds)),
            timeoutSeconds: 30 + waitSeconds)
    }

    /// One's own, newest first; with `everyone` all of a dataset that one owns.
    package func submissions(
        dataset: DatasetName? = nil, session: SessionName? = nil, everyone: Bool = false, limit: Int? = nil, after: String? = nil
    ) async throws -> Page<SubmissionRecord> {
        try await call(
            Endpoints.listSubmissions,
            query: query(
                ("dataset", dataset), ("session", session), ("everyone", everyone ? true : nil), ("limit", limit), ("after", after)))
    }

    /// What a submission printed, for the owner of its dataset.
    package func output(ofSubmission number: Int64) async throws -> [UInt8] {
        try await bytes(Endpoints.submissionOutput, ["number": "\(number)"], timeoutSeconds: 60).bytes
    }

    /// A leaderboard; `limit` 0 is all of it.
    package func board(of dataset: DatasetName, limit: Int = 0) async throws -> Board {
        try await call(Endpoints.board, ["dataset": dataset.rawValue], query: query(("limit", limit)), timeoutSeconds: 60)
    }

    package func boardHistory(of dataset: DatasetName, limit: Int? = nil) async throws -> [RankChange] {
        try await call(
            Endpoints.boardHistory, ["dataset": dataset.rawValue], query: query(("limit", limit)), as: Page<RankChange>.self,
            timeoutSeconds: 60
        ).items
    }
}
