package import API
import Foundation

/// About checkpoints, and questions to them.
extension APIClient {
    package func checkpoints(of session: SessionName, after: String? = nil) async throws -> Page<CheckpointRecord> {
        try await call(Endpoints.listCheckpoints, session.parameters, query: query(("after", after)))
    }

    /// Removes the checkpoints whose names match `pattern`, which may have `*` and `?`; says which.
    @discardableResult
    package func removeCheckpoints(of session: SessionName, matching pattern: String) async throws -> [CheckpointRecord] {
        try await call(
            Endpoints.removeCheckpoints, session.parameters, query: [("checkpoint", pattern)], as: Page<CheckpointRecord>.self,
            timeoutSeconds: 120
        ).items
    }

    /// Asks a checkpoint; starts an infer session for it when none runs, which takes its time.
    package func infer(
        session: SessionName, checkpoint: CheckpointName, contentType: String, body: [UInt8], timeoutSeconds: Double = 600
    ) async throws -> InferenceAnswer {
        let answer = try await bytes(
            Endpoints.infer, session.parameters, query: [("checkpoint", checkpoint.rawValue)], body: body, contentType: contentType,
            maximumBytes: Int(Endpoints.maximumInferenceBytes), timeoutSeconds: timeoutSeconds)
        return InferenceAnswer(contentType: answer.head.contentType, body: Data(answer.bytes))
    }
}
