import API
import Foundation
package import Logging
package import Store

/// Ends submissions whose sessions are over, whatever ended these, and begins anew those that the platform itself has lost.
package struct SubmissionSettlement: Sendable {
    /// So often a fault of the platform is made good before its author is told.
    private static let maximumAttempts = 3

    private enum Outcome: Sendable {
        case nothing
        case over
        /// Its session, which failed through no fault of its author's.
        case lost(StoredSession)
    }

    private let store: Store
    private let creation: SessionCreation
    private let feed: Feed
    private let logger: Logger

    package init(store: Store, creation: SessionCreation, feed: Feed, logger: Logger) {
        self.store = store
        self.creation = creation
        self.feed = feed
        self.logger = logger
    }

    /// Looks at every submission under way.
    package func settleAll() async throws {
        for submission in try await store.read({ try $0.openSubmissions() }) { try await settle(submission) }
    }

    /// Looks at the one that this session works on, if it does.
    package func settle(session id: Int64) async throws {
        guard let submission = try await store.read({ try $0.openSubmission(session: id) }) else { return }
        try await settle(submission)
    }

    private func settle(_ submission: StoredSubmission) async throws {
        let number = submission.record.number
        let outcome = try await store.write { try Self.end(number, in: $0) }
        switch outcome {
        case .nothing: return
        case .over: break
        case .lost(let session): try await beginAnew(submission, after: session)
        }
        // The log stays, for the dataset's owner; what else the session had goes.
        if !submission.record.isTest { try await store.series.remove(session: submission.sessionId) }
        feed.changed(submission.sessionId)
        feed.changed(SubmissionService.feedKey(number))
    }

    private static func end(_ number: Int64, in transaction: Transaction) throws -> Outcome {
        guard let submission = try transaction.submission(number), !submission.record.status.isFinal else { return .nothing }
        let now = Date()
        guard let session = try transaction.session(id: submission.sessionId) else {
            try transaction.finishSubmission(number, .cancelled, failure: "its session was removed", at: now)
            return .over
        }
        guard session.record.state.isFinal else { return .nothing }
        if submission.record.score != nil, session.record.state == .finished {
            try transaction.finishSubmission(number, .scored, failure: nil, at: now)
        } else if submission.record.failure != nil {
            try transaction.finishSubmission(number, .failed, failure: nil, at: now)
        } else if session.record.state == .stopped {
            try transaction.finishSubmission(number, .cancelled, failure: session.record.reason ?? "it was stopped", at: now)
        } else if submission.record.attempts < maximumAttempts {
            return .lost(session)
        } else {
            let reason = "the platform failed \(maximumAttempts) times, the last time with: \(session.record.reason ?? "no reason")"
            try transaction.finishSubmission(number, .failed, failure: reason, at: now)
        }
        if !submission.record.isTest { try remove(session, in: transaction) }
        return .over
    }

    private static func remove(_ session: StoredSession, in transaction: Transaction) throws {
        try transaction.removeTokens(ofSession: session.name)
        try transaction.removeSession(id: session.id)
    }

    private func beginAnew(_ submission: StoredSubmission, after session: StoredSession) async throws {
        let number = submission.record.number
        logger.warning(
            "a submission begins anew",
            metadata: ["submission": "\(number)", "session": "\(session.name)", "reason": "\(session.record.reason ?? "")"])
        let record = session.record
        let request = NewSession(
            workspace: nil, entry: record.entry, arguments: record.arguments, datasets: record.datasets, resources: record.resources,
            priority: record.priority, memo: record.memo, isPrivate: record.isPrivate, network: false, type: record.type,
            parent: record.parent)
        do {
            _ = try await creation.create(request, by: Identity(user: submission.record.user, role: .user)) { transaction, made in
                try transaction.restartSubmission(number, session: made.id)
                try Self.remove(session, in: transaction)
            }
        } catch let failure as Failure {
            let now = Date()
            try await store.write { transaction in
                try transaction.finishSubmission(number, .failed, failure: "it could not begin anew: \(failure.message)", at: now)
                try Self.remove(session, in: transaction)
            }
        }
    }
}
