package import API

/// Questions to the living code of a session.
extension APIClient {
    /// Asks; the record has the answer when that comes within `waitSeconds`.
    package func ask(_ question: NewQuestion, of session: SessionName, waitSeconds: Double = 0) async throws -> QuestionRecord {
        try await call(
            Endpoints.addQuestion, session.parameters, query: query(("waitSeconds", waitSeconds)), body: question,
            timeoutSeconds: 30 + waitSeconds)
    }

    /// The question, with its answer as soon as there is one, or as it is after `waitSeconds`.
    package func question(_ number: Int64, of session: SessionName, waitSeconds: Double = 0) async throws -> QuestionRecord {
        try await call(
            Endpoints.getQuestion, parameters(number, session), query: query(("waitSeconds", waitSeconds)), timeoutSeconds: 30 + waitSeconds
        )
    }

    /// Ends the evaluation, or takes the question back; what came of it is its answer.
    package func endQuestion(_ number: Int64, of session: SessionName) async throws {
        _ = try await call(Endpoints.endQuestion, parameters(number, session), as: Done.self)
    }

    /// What was changed by hand, oldest first.
    package func changes(of session: SessionName, after: String? = nil) async throws -> Page<ChangeRecord> {
        try await call(Endpoints.listChanges, session.parameters, query: query(("limit", 1000), ("after", after)))
    }

    private func parameters(_ number: Int64, _ session: SessionName) -> [String: String] {
        session.parameters.merging(["question": "\(number)"]) { $1 }
    }
}
