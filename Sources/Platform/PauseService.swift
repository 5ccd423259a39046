package import API
import Foundation
package import Store

/// Pausing sessions, and having them go on.
package struct PauseService: Sendable {
    private let store: Store
    private let dispatcher: Dispatcher
    private let feed: Feed
    private let board: CommandBoard

    package init(store: Store, dispatcher: Dispatcher, feed: Feed, board: CommandBoard) {
        self.store = store
        self.dispatcher = dispatcher
        self.feed = feed
        self.board = board
    }

    /// A waiting session is paused at once; one that runs is asked to, and its supervisor sees to it. One that is paused stays so.
    package func pause(_ name: SessionName, _ request: PauseRequest, by identity: Identity) async throws -> SessionRecord {
        guard request.graceSeconds > 0, request.graceSeconds <= 86_400 else {
            throw Failure.invalidValue("grace", "\(request.graceSeconds)", expected: "more than 0, to 86400 seconds")
        }
        let (before, after) = try await store.write { transaction in
            let session = try transaction.changeableSession(name, by: identity, to: "pause")
            try Self.checkPausable(session)
            let now = Date()
            if session.record.state == .queued {
                try transaction.setState(
                    id: session.id, to: .paused, reason: "paused by \(identity.user) while it waited", at: now,
                    actor: identity.user.rawValue)
            } else if session.record.holdsPlace, session.yield?.request.cause != .pause {
                try transaction.requestYield(
                    id: session.id, YieldRequest(cause: .pause, graceSeconds: request.graceSeconds), detail: "at its next safe point",
                    actor: identity.user.rawValue, at: now)
            }
            return (session, try transaction.visibleSession(name, to: identity))
        }
        if before.record.state == .queued { await dispatcher.ended(before.id) }
        feed.changed(before.id)
        return after.record
    }

    private static func checkPausable(_ session: StoredSession) throws {
        let name = session.name
        guard !session.record.state.isFinal else {
            throw Failure.wrongState(name, session.record.state, needed: "only a session that waits or runs can be paused")
        }
        guard session.record.type == .normal || session.record.type == .fork else {
            throw Failure.wrongState(
                name, session.record.state, needed: "a session of type \(session.record.type.rawValue) cannot be paused, only stopped")
        }
        guard session.stop == nil else { throw Failure.wrongState(name, session.record.state, needed: "it is stopping already") }
    }

    /// A session that was held goes on where it stands; one without a place is queued, and goes on from its newest checkpoint.
    package func resume(_ name: SessionName, by identity: Identity) async throws -> SessionRecord {
        let (session, isQueued) = try await store.write { transaction in
            let session = try transaction.changeableSession(name, by: identity, to: "resume")
            let now = Date()
            if session.record.holdsPlace, !session.record.state.isFinal {
                try Self.release(session, in: transaction, by: identity, at: now)
                return (try transaction.visibleSession(name, to: identity), false)
            }
            try Self.checkResumable(session)
            try transaction.resumeSession(id: session.id, actor: identity.user.rawValue, at: now)
            return (try transaction.visibleSession(name, to: identity), true)
        }
        if isQueued {
            await dispatcher.submitted(session)
        } else {
            board.post(session.record.state == .paused ? .release : .keep, to: session.id)
        }
        feed.changed(session.id)
        // It may have been started already: the caller is told how things stand now.
        return try await store.read { try $0.visibleSession(name, to: identity).record }
    }

    private static func release(_ session: StoredSession, in transaction: Transaction, by identity: Identity, at now: Date) throws {
        let isAsked = try transaction.cancelYield(
            id: session.id, cause: .pause, because: "not wanted any more", actor: identity.user.rawValue, at: now)
        guard isAsked || session.record.state == .paused else {
            throw Failure.wrongState(session.name, session.record.state, needed: "only a session that is paused or stopped can go on")
        }
        if session.record.state == .paused {
            try transaction.appendEvent(session: session.id, actor: identity.user.rawValue, event: "resume", detail: "", at: now)
        }
    }

    private static func checkResumable(_ session: StoredSession) throws {
        let (name, record) = (session.name, session.record)
        guard [.paused, .stopped, .failed].contains(record.state), record.type == .normal || record.type == .fork else {
            throw Failure.wrongState(name, record.state, needed: "only a session that is paused, stopped or has failed can go on")
        }
        // One that has never run simply begins.
        guard record.startedAt != nil || record.state == .paused else {
            throw Failure.wrongState(name, record.state, needed: "it never ran; start it anew with 'nsml run'")
        }
        guard record.startedAt == nil || record.canResume else {
            let why =
                session.savedAt == nil
                ? "it has no checkpoint to go on from" : "its code has bound no functions to save and to load with"
            throw Failure.wrongState(name, record.state, needed: why)
        }
    }
}
