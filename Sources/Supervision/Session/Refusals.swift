import API
import Foundation
import Logging
import Synchronization

/// The server has said that this session is not ours any more; nothing further is to be said to it.
struct Superseded: Error {}

/// Decides what a failed call means for the session: nearly always nothing but another attempt.
///
/// A server that does not know us may be one with other data at the same address, started by mistake: training must not
/// die of that at once. So being unknown counts only when the session's own directory has gone, or when it lasts.
///
/// A server that cannot be reached is waited for as long as the process runs. When that is over and the server stays away, the supervisor goes:
/// all is on disk, and the server that comes back starts another. When the session's directory is gone there is nothing to wait for.
final class Refusals: Sendable {
    private let planPath: String
    private let patience: Duration
    private let unknownSince = Mutex<ContinuousClock.Instant?>(nil)
    private struct Absence {
        var since: ContinuousClock.Instant?
        var processEnded = false
    }

    private let absence = Mutex(Absence())

    /// - Parameter patience: how long a server may not know us before we believe it.
    init(files: SessionFiles, patience: Duration) {
        planPath = files.plan
        self.patience = patience
    }

    /// Throws `Superseded` when the session is to end; returns when the call is to be made again.
    func check(_ error: any Error, log: Logger) throws {
        if error is CancellationError { throw error }
        try Task.checkCancellation()
        switch ServerRefusal(error) {
        case .superseded:
            log.notice("the server has another placement of this session", metadata: ["error": "\(error)"])
            throw Superseded()
        case .unknown: try unknown(error, log: log)
        case .refused(let failure):
            log.error("the server refuses what we send", metadata: ["code": "\(failure.code.rawValue)", "error": "\(failure)"])
        case .tryAgain:
            log.debug("the server cannot be reached", metadata: ["error": "\(error)"])
            if (error as? Failure)?.code == .serverUnreachable { try unreachable(log: log) }
        }
    }

    /// The server knows us.
    func succeeded() {
        unknownSince.withLock { $0 = nil }
        absence.withLock { $0.since = nil }
    }

    /// The process is gone: all that is left is to say so.
    func processEnded() { absence.withLock { $0.processEnded = true } }

    private func unreachable(log: Logger) throws {
        guard FileManager.default.fileExists(atPath: planPath) else {
            log.notice("the session's directory is gone, and its server does not answer")
            throw Superseded()
        }
        let now = ContinuousClock.now
        let absence = absence.withLock { absence in
            absence.since = absence.since ?? now
            return absence
        }
        guard absence.processEnded, let since = absence.since, now - since >= patience else { return }
        log.notice("the session is over and its server stays away; the next one takes it up where it lies")
        throw Superseded()
    }

    private func unknown(_ error: any Error, log: Logger) throws {
        let now = ContinuousClock.now
        let since = unknownSince.withLock { since in
            if since == nil { since = now }
            return since ?? now
        }
        let isGone = !FileManager.default.fileExists(atPath: planPath)
        guard isGone || now - since >= patience else { return }
        log.notice("the server does not know this session any more", metadata: ["error": "\(error)"])
        throw Superseded()
    }
}
