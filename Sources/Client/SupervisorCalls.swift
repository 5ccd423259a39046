package import API

/// What the supervisor of a session says and asks, with the session's own token.
extension APIClient {
    /// Sends a piece of a stream that begins at `offset`, at most `Endpoints.maximumStreamBytes`. The answer says how far the server has the
    /// stream, durably. A gap throws `offset_gap` with the offset to go on from.
    package func putStream(
        _ stream: SessionStream, of session: SessionName, offset: Int64, epoch: Int, bytes body: [UInt8]
    ) async throws -> StreamOffset {
        var parameters = session.parameters
        parameters["stream"] = stream.rawValue
        return try await call(
            Endpoints.putStream, parameters, query: query(("offset", offset), ("epoch", epoch)), bytes: body, timeoutSeconds: 60)
    }

    package func progress(of session: SessionName, _ progress: SessionProgress) async throws {
        _ = try await call(Endpoints.progress, session.parameters, body: progress, as: Done.self)
    }

    /// The commands after number `after`; waits up to `waitSeconds` for one, and is empty when none came.
    package func commands(for session: SessionName, after: Int64, waitSeconds: Double, epoch: Int) async throws -> [SupervisorCommand] {
        try await call(
            Endpoints.commands, session.parameters, query: query(("after", after), ("waitSeconds", waitSeconds), ("epoch", epoch)),
            as: SupervisorCommands.self, timeoutSeconds: 30 + waitSeconds
        ).commands
    }

    /// Answers a command.
    package func answer(_ command: Int64, of session: SessionName, _ answer: InferenceAnswer) async throws {
        var parameters = session.parameters
        parameters["command"] = "\(command)"
        let _: Done = try await call(
            Endpoints.answerCommand, parameters, query: query(("failure", answer.failure)), bytes: [UInt8](answer.body),
            contentType: answer.contentType, timeoutSeconds: 60)
    }

    /// Tells of a checkpoint whose content is with the server.
    package func addCheckpoint(of session: SessionName, _ checkpoint: NewCheckpoint) async throws {
        _ = try await call(Endpoints.addCheckpoint, session.parameters, body: checkpoint, as: Done.self, timeoutSeconds: 120)
    }
}
