package import API
package import Foundation

/// A piece of what a session printed.
package struct OutputPiece: Sendable {
    package var bytes: [UInt8]
    /// Where the piece begins, in bytes.
    package var offset: Int64
    /// From where to ask for what follows.
    package var nextOffset: Int64
    /// The session is over and this was the last of it.
    package var isEnd: Bool
    /// When it arrived, if that was asked: what lies from an offset on arrived then or later. Growing; empty if nobody knows.
    package var times: [Mark] = []

    package struct Mark: Sendable, Hashable {
        package var offset: Int64
        package var time: Date

        package init(offset: Int64, time: Date) {
            self.offset = offset
            self.time = time
        }
    }
}

/// About sessions.
extension APIClient {
    package func sessions(_ question: SessionQuery = SessionQuery()) async throws -> Page<SessionRecord> {
        try await call(Endpoints.listSessions, query: question.queryItems)
    }

    /// Starts a session; it is queued when this returns.
    package func run(_ session: NewSession) async throws -> SessionRecord {
        try await call(Endpoints.addSession, body: session, timeoutSeconds: 60)
    }

    package func session(_ name: SessionName) async throws -> SessionRecord { try await call(Endpoints.getSession, name.parameters) }

    /// The session as soon as something newer than event `afterEvent` has happened to it, or as it is after `waitSeconds`.
    package func session(_ name: SessionName, afterEvent: Int64, waitSeconds: Double) async throws -> SessionRecord {
        try await call(
            Endpoints.getSession, name.parameters, query: query(("afterEvent", afterEvent), ("waitSeconds", waitSeconds)),
            timeoutSeconds: 30 + waitSeconds)
    }

    @discardableResult
    package func changeSession(_ name: SessionName, _ change: SessionChange) async throws -> SessionRecord {
        try await call(Endpoints.changeSession, name.parameters, body: change)
    }

    /// `force`: also when it runs.
    package func removeSession(_ name: SessionName, force: Bool = false) async throws {
        _ = try await call(
            Endpoints.removeSession, name.parameters, query: force ? [("force", "true")] : [], as: Done.self, timeoutSeconds: 120)
    }

    /// Asks for a pause; it has not happened yet when this returns.
    @discardableResult
    package func pauseSession(_ name: SessionName, _ request: PauseRequest = PauseRequest()) async throws -> SessionRecord {
        try await call(Endpoints.pauseSession, name.parameters, body: request)
    }

    /// Has a paused, stopped or failed session go on; it may have to wait for room.
    @discardableResult
    package func resumeSession(_ name: SessionName) async throws -> SessionRecord {
        try await call(Endpoints.resumeSession, name.parameters)
    }

    /// Asks for a stop; it has not happened yet when this returns.
    @discardableResult
    package func stopSession(_ name: SessionName, _ request: StopRequest = StopRequest()) async throws -> SessionRecord {
        try await call(Endpoints.stopSession, name.parameters, body: request)
    }

    package func events(of name: SessionName, after: String? = nil) async throws -> Page<SessionEvent> {
        try await call(Endpoints.sessionEvents, name.parameters, query: query(("after", after)))
    }

    /// What the session printed from `offset` on, at most `limit` bytes; waits up to `waitSeconds` when there is nothing new.
    package func output(
        of name: SessionName, offset: Int64, limit: Int = 1 << 20, waitSeconds: Double = 0, times: Bool = false
    ) async throws -> OutputPiece {
        let waits = waitSeconds > 0 ? waitSeconds : nil
        return try await output(name, query(("offset", offset), ("limit", limit), ("waitSeconds", waits)), times, wait: waitSeconds)
    }

    /// The last lines of what the session printed.
    package func output(of name: SessionName, tailLines: Int, times: Bool = false) async throws -> OutputPiece {
        try await output(name, query(("tailLines", tailLines)), times)
    }

    /// The first of what the session printed since then.
    package func output(of name: SessionName, since time: Date, times: Bool = false) async throws -> OutputPiece {
        try await output(name, query(("sinceMilliseconds", Int64(time.timeIntervalSince1970 * 1000))), times)
    }

    private func output(
        _ name: SessionName, _ query: [(String, String)], _ times: Bool, wait: Double = 0
    ) async throws -> OutputPiece {
        let query = times ? query + [("times", "true")] : query
        let answer = try await bytes(Endpoints.sessionOutput, name.parameters, query: query, timeoutSeconds: 30 + wait)
        let offset = answer.head["nsml-offset"].flatMap { Int64($0) } ?? 0
        let next = answer.head["nsml-next-offset"].flatMap { Int64($0) } ?? offset + Int64(answer.bytes.count)
        return OutputPiece(
            bytes: answer.bytes, offset: offset, nextOffset: next, isEnd: answer.head["nsml-end"] == "true",
            times: Self.marks(answer.head["nsml-times"] ?? ""))
    }

    /// `OFFSET=MILLISECONDS,...`; what is no such pair is no mark.
    private static func marks(_ text: String) -> [OutputPiece.Mark] {
        text.split(separator: ",").compactMap { pair in
            let numbers = pair.split(separator: "=").compactMap { Int64($0) }
            guard numbers.count == 2 else { return nil }
            return OutputPiece.Mark(offset: numbers[0], time: Date(timeIntervalSince1970: Double(numbers[1]) / 1000))
        }
    }

    package func metrics(of name: SessionName) async throws -> [MetricSummary] {
        try await call(Endpoints.listMetrics, name.parameters, as: Page<MetricSummary>.self).items
    }

    /// The series of one metric, thinned to about `points`; nil bounds are open.
    package func series(
        of name: SessionName, metric: String, fromStep: Int64? = nil, toStep: Int64? = nil, points: Int? = nil
    ) async throws -> SeriesColumns {
        try await call(
            Endpoints.series, name.parameters,
            query: query(("name", metric), ("fromStep", fromStep), ("toStep", toStep), ("points", points)), timeoutSeconds: 60)
    }

    /// What lies in the session's directory now.
    package func sessionFiles(of name: SessionName) async throws -> FileList {
        try await call(Endpoints.listSessionFiles, name.parameters, timeoutSeconds: 60)
    }

    /// Its images, sounds, histograms and tables, in the order in which they came.
    package func media(of name: SessionName, name media: String? = nil, after: String? = nil) async throws -> Page<MediaRecord> {
        try await call(Endpoints.listMedia, name.parameters, query: query(("name", media), ("limit", 1000), ("after", after)))
    }

    package func mediaContent(of name: SessionName, number: Int64) async throws -> [UInt8] {
        try await bytes(
            Endpoints.mediaContent, name.parameters, query: [("number", "\(number)")],
            maximumBytes: Int(MediaRecord.maximumBytes)
        ).bytes
    }

    /// One file of the session's directory, as it arrives.
    package func sessionFile(of name: SessionName, path: String) async throws -> AnswerStream {
        try await stream(Endpoints.sessionFile, name.parameters, query: [("path", path)])
    }
}
