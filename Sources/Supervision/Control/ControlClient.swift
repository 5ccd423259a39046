import API
import CLinux
import Foundation
import Glibc

/// Asks the Python library in the session's process, by its socket in the shared directory.
struct ControlClient: Sendable {
    struct Answer: Sendable {
        var contentType: String?
        var body: [UInt8]
        /// What the library said when it could not; the body is then the traceback.
        var failure: (code: String, message: String)?
    }

    let share: OpenDirectory

    /// Sends one request and waits for its answer, as long as `limit`; nil: for ever. Throws when nobody listens, or nobody answers; an
    /// answer that says no is no error here.
    func request(
        _ command: String, parameters: [String: String] = [:], contentType: String? = nil, body: [UInt8] = [], limit: Duration?
    ) async throws -> Answer {
        let descriptor = nsml_unix_connect(share.descriptor, Share.controlSocket)
        guard descriptor >= 0 else { throw SystemError("reach the session's process") }
        let stream = SocketStream(owning: descriptor)
        if let limit { stream.limit(limit) }
        return try await withTaskCancellationHandler {
            try await onOwnThread {
                try stream.send(
                    ControlRequest(id: 1, command: command, contentType: contentType, parameters: parameters, length: body.count),
                    body: body)
                guard let (header, body) = try stream.receive(ControlResponse.self, length: \.length) else {
                    throw SystemError("hear from the session's process", code: ECONNRESET)
                }
                let failure = header.ok ? nil : (header.code ?? "failed", header.message ?? "")
                return Answer(contentType: header.contentType, body: body, failure: failure)
            }
        } onCancel: {
            stream.end()
        }
    }

    /// What `ask` says, which is called again as long as nobody listens yet and `isWanted` says so; then throws that nobody does.
    static func whenSomebodyListens<Value>(
        pause: Duration = .milliseconds(50), while isWanted: () async -> Bool, _ ask: () async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                return try await ask()
            } catch let error as SystemError where error.meansNobodyListens {
                guard await isWanted() else { throw error }
            }
            try await Task.sleep(for: pause)
        }
    }

    /// What the library says of itself: the answer to `state`.
    struct LibraryState: Decodable, Sendable {
        struct Bound: Decodable, Sendable {
            var save = false
            var load = false
            var infer = false
        }
        var bound: Bound?
        var paused: Bool?
        var step: Int64?
        /// It was reached from outside, and its code has no safe points of its own.
        var lent: Bool?
    }

    /// nil when the library is not there or does not answer soon.
    func state(limit: Duration = .seconds(2)) async -> LibraryState? {
        // A script without the library is as good as any.
        guard let answer = try? await request("state", limit: limit), answer.failure == nil else { return nil }
        return try? JSONDecoder().decode(LibraryState.self, from: Data(answer.body))
    }
}
