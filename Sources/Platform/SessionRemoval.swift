import API
import Content
import Foundation
import Glibc
package import Logging
package import Store

/// Takes sessions away.
///
/// A removal begins with a mark in the database and one in the session's directory: from then on the session exists for no
/// user, and nothing starts in it any more, whatever crashes. What it holds it keeps on the scheduler's books until it is proved
/// that nothing of it runs; then everything that it left is swept, and its row last, so that each step can be repeated.
package struct SessionRemoval: Sendable {
    private let store: Store
    private let dispatcher: Dispatcher
    private let feed: Feed
    private let board: CommandBoard
    private let directory: DataDirectory
    private let executor: any Executor
    private let logger: Logger
    private let reserve: SpaceReserve

    package init(
        store: Store, dispatcher: Dispatcher, feed: Feed, board: CommandBoard, directory: DataDirectory, executor: any Executor,
        logger: Logger, reserve: SpaceReserve
    ) {
        self.reserve = reserve
        self.store = store
        self.dispatcher = dispatcher
        self.feed = feed
        self.board = board
        self.directory = directory
        self.executor = executor
        self.logger = logger
    }

    /// Marks the session that `find` finds and may throw at. It is gone for everybody when this returns; one that nothing runs of is
    /// gone altogether if nothing hinders it.
    ///
    /// - Parameter actor: who removes it, for the audit, and why, where nobody asked for it.
    package func begin(actor: String, because why: String? = nil, _ find: @Sendable @escaping (Transaction) throws -> StoredSession)
        async throws
    {
        let (before, session) = try await reserve.making {
            try await store.write { transaction in
                let found = try find(transaction)
                let now = Date()
                if found.record.state == .queued {
                    try transaction.setState(id: found.id, to: .stopped, reason: "removed before it started", at: now, actor: actor)
                }
                try transaction.beginRemoval(id: found.id, at: now)
                // What somebody asks for over HTTP is written down there, with where it came from.
                if let why {
                    try transaction.appendAudit(
                        actor: actor, action: "session rm", object: "\(found.name) (\(why))", result: "ok", address: "local", at: now)
                }
                return (found, try transaction.session(id: found.id) ?? found)
            }
        }
        board.ended(session.id, reason: "session \(session.name) was removed")
        mark(session)
        if before.record.state == .queued { await dispatcher.ended(session.id) }
        feed.changed(session.id)
        do {
            // What still runs takes a moment, which the caller need not wait for.
            guard session.record.state.isFinal, try await finish(session) else { return feed.changed(Feed.removals) }
        } catch {
            logger.warning("a removal goes on later", metadata: ["session": "\(session.name)", "error": "\(error)"])
            feed.changed(Feed.removals)
        }
    }

    /// Brings all removals forward. Returns how many are not done.
    package func finishAll() async throws -> Int {
        var left = 0
        for session in try await store.read({ try $0.sessionsBeingRemoved() }) {
            do {
                if try await !finish(session) { left += 1 }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // One that cannot be removed hinders no other.
                logger.warning("a session cannot be removed yet", metadata: ["session": "\(session.name)", "error": "\(error)"])
                left += 1
            }
        }
        return left
    }

    /// One attempt; may be repeated. Whether the session is gone.
    private func finish(_ session: StoredSession) async throws -> Bool { try await reserve.making { try await tryToFinish(session) } }

    private func tryToFinish(_ session: StoredSession) async throws -> Bool {
        guard await !dispatcher.isStarting(session.id) else { return false }
        mark(session)
        let home = directory.session(session.id)
        guard try await executor.end(in: home) else { return false }
        try await store.write { transaction in
            guard let now = try transaction.session(id: session.id), !now.record.state.isFinal else { return }
            try transaction.setState(id: session.id, to: .stopped, reason: "removed", at: Date(), actor: "platform")
        }
        await dispatcher.ended(session.id)
        try SessionRemains(directory: directory, id: session.id).remove()
        try await store.series.remove(session: session.id)
        try await store.write { transaction in
            try transaction.removeTokens(ofSession: session.name)
            try transaction.removeSession(id: session.id)
        }
        feed.removed(session.id)
        return true
    }

    /// Tells the session's supervisor, also one that cannot reach us, and every later one, that nothing is to run here.
    private func mark(_ session: StoredSession) {
        let home = directory.session(session.id)
        // Without a directory nothing was ever started.
        guard access(home.path, F_OK) == 0 else { return }
        let path = home.appending(path: SessionPlan.removalMark).path
        guard access(path, F_OK) != 0 else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            // The supervisor is told by its connection too; only one that is cut off needs the mark.
            logger.warning("a removal could not be marked", metadata: ["session": "\(session.name)", "errno": "\(errno)"])
            return
        }
        fsync(descriptor)
        close(descriptor)
    }
}

/// What a session leaves on disk beside the databases: its directory, and what it printed.
struct SessionRemains: Sendable {
    private static let prefix = ".removed-"

    let directory: DataDirectory
    let id: Int64

    /// Removes all of it; the log stays when that is wanted. What is not there is no error.
    func remove(keepsLog: Bool = false) throws {
        let aside = directory.sessions.appending(path: "\(Self.prefix)\(id)")
        // By one rename: who comes late finds nothing at all, never a part.
        guard rename(directory.session(id).path, aside.path) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST else {
            throw storageFailure("remove", aside)
        }
        try TreeRemoval.remove(aside.path)
        try TreeRemoval.remove(directory.session(id).path)
        if !keepsLog { OutputLog(directory: directory, session: id).remove() }
    }

    /// The sessions of which there is a directory, or a log.
    static func ids(in directory: DataDirectory) throws -> Set<Int64> {
        let files = FileManager.default
        let homes = try files.contentsOfDirectory(atPath: directory.sessions.path).compactMap { name in
            Int64(name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name)
        }
        let logs = try files.contentsOfDirectory(atPath: directory.logs.path).compactMap { Int64($0.prefix { $0 != "." }) }
        return Set(homes).union(logs)
    }
}
