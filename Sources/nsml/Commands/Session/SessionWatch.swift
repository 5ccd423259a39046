import API
import ArgumentParser
import Client
import Foundation

/// Waits for things to happen to a session, without asking again and again: the server holds the question open.
struct SessionWatch {
    private static let waitSeconds = 25.0

    let client: APIClient

    /// The session once `condition` holds, or as it is after `limit`.
    func session(
        _ name: SessionName, within limit: Duration? = nil, until condition: (SessionRecord) -> Bool
    ) async throws -> SessionRecord {
        let clock = ContinuousClock()
        let end = limit.map { clock.now + $0 }
        var session = try await client.session(name)
        while !condition(session) {
            var wait = Self.waitSeconds
            if let end {
                let left = clock.now.duration(to: end) / .seconds(1)
                guard left > 0 else { break }
                wait = min(wait, left)
            }
            session = try await client.session(name, afterEvent: session.eventNumber, waitSeconds: wait)
        }
        return session
    }

    /// The exit status that stands for how a session ended: its process's own, 128 and the signal that ended it, or 1
    /// where there was no process.
    static func exitStatus(of session: SessionRecord) -> Int32 {
        if let code = session.exitCode { return Int32(clamping: code) }
        switch session.state {
        case .finished: return 0
        // As if SIGTERM had ended it, which is what stopping does.
        case .stopped: return 128 + 15
        default: return Int32(clamping: session.exitStatus ?? 1)
        }
    }

    /// Ends this program as the session ended; does nothing when it ended well, or was not waited for.
    static func end(as session: SessionRecord?) throws {
        let status = session.map(exitStatus) ?? 0
        guard status == 0 else { throw ExitCode(status) }
    }

    /// `alice/mnist/1 failed: exited with code 1`, `alice/mnist/1 failed: killed: out of memory`.
    static func ending(of session: SessionRecord) -> String {
        let code = session.exitCode.flatMap { $0 == 0 ? nil : "exited with code \($0)" }
        let reason = (session.reason ?? code).map { ": \($0)" } ?? ""
        return Escaping.line("\(session.name) \(session.state.rawValue)\(reason)")
    }
}
