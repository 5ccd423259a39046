import API
import Foundation
import Store

/// A supervisor says that its session's process has ended so that the session can go on later.
extension SupervisionService {
    /// Takes the place back and queues or pauses the session. False when this is no such word; a repeat is taken as done.
    func leave(_ session: StoredSession, _ progress: SessionProgress) async throws -> Bool {
        let isLost = progress.state == .failed && progress.isLost == true && Self.mayGoOn(session)
        guard progress.isOver == true && [.queued, .paused].contains(progress.state) || isLost else {
            try await noteRefusal(of: session, progress)
            return false
        }
        let now = Date()
        let outputBytes = try await store.series.offset(session: session.id, stream: .output)
        let after = try await store.write { transaction -> StoredSession? in
            guard let session = try transaction.session(id: session.id), session.epoch == progress.epoch, session.record.holdsPlace else {
                return nil
            }
            try transaction.setOutputBytes(id: session.id, outputBytes)
            guard session.stop == nil else {
                // Its user wanted more than a pause.
                try transaction.setState(id: session.id, to: .stopped, reason: nil, exit: progress.exit, at: progress.at, actor: "platform")
                return try transaction.session(id: session.id)
            }
            let isPause = session.yield?.request.cause == .pause && !isLost
            try transaction.leavePlace(
                id: session.id, to: isPause ? .paused : .queued,
                reason: isLost ? progress.reason ?? "supervision lost" : try Self.reason(session, endedAt: progress.at, in: transaction),
                at: now, actor: "platform")
            return try transaction.session(id: session.id)
        }
        guard let after else { return true }
        board.ended(after.id, reason: "session \(after.name) is \(after.record.state.rawValue)")
        if after.record.state == .queued { await dispatcher.requeued(after.id) } else { await dispatcher.ended(after.id) }
        feed.changed(after.id)
        return true
    }

    /// What is lost with a node is worth another start only if the last one has come anywhere.
    private static func mayGoOn(_ session: StoredSession) -> Bool {
        guard session.record.canResume, let savedAt = session.savedAt, let startedAt = session.record.startedAt else { return false }
        return savedAt > startedAt
    }

    private static func reason(_ session: StoredSession, endedAt: Date, in transaction: Transaction) throws -> String {
        let lost = try lostWork(session, endedAt: endedAt, in: transaction)
        guard let yield = session.yield else { return "gave its place back; \(lost)" }
        if yield.request.cause == .pause { return "paused, its devices are free; \(lost)" }
        let other = try yield.request.to.flatMap { try transaction.session($0) }
        return "gave way to \(other?.publicName ?? yield.request.to?.description ?? "another session"); \(lost)"
    }

    /// The work since what it will go on from.
    private static func lostWork(_ session: StoredSession, endedAt: Date, in transaction: Transaction) throws -> String {
        guard let newest = try transaction.newestCheckpoint(session: session.id), session.record.canResume else {
            return session.record.startedAt == nil ? "nothing was lost" : "there is no checkpoint, it will start anew"
        }
        if let yield = session.yield, newest.createdAt >= yield.at { return "nothing was lost, it was saved as '\(newest.name)'" }
        let since = max(newest.createdAt, session.record.startedAt ?? newest.createdAt)
        return "\(max(0, Int(endedAt.timeIntervalSince(since).rounded()))) s of work since '\(newest.name)' were lost"
    }

    /// A pause that could not give the place back: the code is held, or cannot even be held.
    private func noteRefusal(of session: StoredSession, _ progress: SessionProgress) async throws {
        guard session.yield?.request.cause == .pause else { return }
        let why: String
        switch progress.state {
        case .paused: why = "held at a safe point; it keeps its devices, because its code cannot load a checkpoint"
        case .running where progress.reason != nil: why = progress.reason ?? ""
        default: return
        }
        try await store.write { transaction in
            try transaction.cancelYield(id: session.id, cause: .pause, because: why, actor: "platform", at: progress.at)
            // At once, so that whoever waits for the pause sees the one with the other.
            if progress.state == .paused, session.record.state == .running {
                try transaction.setState(id: session.id, to: .paused, reason: why, exit: nil, at: progress.at, actor: "session")
            }
            try transaction.setReason(id: session.id, why)
        }
        feed.changed(session.id)
    }
}
