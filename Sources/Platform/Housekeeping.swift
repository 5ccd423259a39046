import API
package import Content
import Foundation
package import Logging
import ServiceLifecycle
package import Store

/// The timed chores: supervisors are kept alive, the scheduler sees time pass, what nobody needs is swept.
package struct Housekeeping: Service {
    private static let watchInterval: Duration = .seconds(1)
    private static let sweepInterval: Duration = .seconds(600)
    /// A supervisor that ends this often without finishing its session cannot do its work.
    private static let maximumRestarts = 10
    /// A model that nobody has asked for so long gives way to those who wait for room: long enough for a person's next question.
    private static let unaskedSeconds = 10.0

    private let store: Store
    private let content: ContentStore
    private let directory: DataDirectory
    private let executor: any Executor
    private let dispatcher: Dispatcher
    private let feed: Feed
    private let board: CommandBoard
    private let settlement: SubmissionSettlement
    private let configuration: PlatformConfiguration
    private let logger: Logger

    package init(
        store: Store, content: ContentStore, directory: DataDirectory, executor: any Executor, dispatcher: Dispatcher, feed: Feed,
        board: CommandBoard, settlement: SubmissionSettlement, configuration: PlatformConfiguration, logger: Logger
    ) {
        self.store = store
        self.content = content
        self.directory = directory
        self.executor = executor
        self.dispatcher = dispatcher
        self.feed = feed
        self.board = board
        self.settlement = settlement
        self.configuration = configuration
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await watch() }
                group.addTask { await sweep() }
            }
        }
    }

    private func watch() async {
        var restarts: [Int64: Int] = [:]
        while !Task.isCancelled {
            do {
                let active = try await store.read { try $0.sessions(in: SessionState.allCases.filter(\.isActive)) }
                for session in active {
                    try await watch(session, &restarts)
                }
                restarts = restarts.filter { id, _ in active.contains { $0.id == id } }
                try await settlement.settleAll()
                await dispatcher.tick()
                try await retireModel(of: active)
                try await Task.sleep(for: Self.watchInterval)
            } catch is CancellationError {
                return
            } catch {
                logger.error("watching sessions failed", metadata: ["error": "\(error)"])
                // Only ends early when cancelled, which the loop sees.
                try? await Task.sleep(for: Self.watchInterval)
            }
        }
    }

    private func watch(_ session: StoredSession, _ restarts: inout [Int64: Int]) async throws {
        let home = directory.session(session.id)
        guard !executor.isSupervised(home) else { return }
        // The plan is written after the placement: a session that is just being started is not yet ours to watch.
        guard FileManager.default.fileExists(atPath: home.appending(path: "plan.json").path) else { return }
        restarts[session.id, default: 0] += 1
        guard restarts[session.id, default: 0] <= Self.maximumRestarts else {
            try await lose(session)
            return
        }
        // The first look after a start may come before the supervisor has taken its lock: starting one too many is harmless.
        try executor.startSupervisor(in: home)
    }

    /// Stops the model that was asked longest ago, if sessions wait and nobody asks it: an answer is had again in a moment, and
    /// room is not. One at a time, so that no more give way than must.
    private func retireModel(of active: [StoredSession]) async throws {
        let models = active.filter { $0.record.type == .infer }
        guard !models.isEmpty, await !dispatcher.queue().isEmpty, models.allSatisfy({ $0.stop == nil }) else { return }
        let limit = Date(timeIntervalSinceNow: -Self.unaskedSeconds)
        let unasked = models.filter { $0.record.state == .paused }
            .map { (session: $0, asked: board.lastAsked($0.id) ?? $0.record.startedAt ?? $0.record.createdAt) }
        guard let oldest = unasked.min(by: { $0.asked < $1.asked }), oldest.asked < limit else { return }
        try await store.write { transaction in
            guard let now = try transaction.session(id: oldest.session.id), now.record.state == .paused else { return }
            try transaction.requestStop(
                id: now.id, StopRequest(graceSeconds: 5, save: false), actor: "platform: gives way to sessions that wait", at: Date())
        }
        feed.changed(oldest.session.id)
    }

    private func lose(_ session: StoredSession) async throws {
        let reason = "supervision lost: the session's supervisor ended \(Self.maximumRestarts) times"
        try await store.write { transaction in
            guard let now = try transaction.session(id: session.id), now.record.state.isActive else { return }
            try transaction.setState(id: session.id, to: .failed, reason: reason, exit: nil, at: Date(), actor: "platform")
        }
        logger.error("supervision lost", metadata: ["session": "\(session.record.name)"])
        board.ended(session.id, reason: reason)
        await dispatcher.ended(session.id)
        feed.changed(session.id)
    }

    private func sweep() async {
        while !Task.isCancelled {
            do {
                try await sweepContent()
                try await sweepSessions()
                try await Task.sleep(for: Self.sweepInterval)
            } catch is CancellationError {
                return
            } catch {
                logger.error("sweeping failed", metadata: ["error": "\(error)"])
                // Only ends early when cancelled, which the loop sees.
                try? await Task.sleep(for: Self.sweepInterval)
            }
        }
    }

    /// Removes content that no dataset, session or checkpoint refers to and that is older than the grace time.
    private func sweepContent() async throws {
        let limit = Date(timeIntervalSinceNow: -configuration.contentGraceSeconds)
        try content.sweepStaging(olderThan: limit)
        var live: Set<Digest> = []
        for manifest in try await store.read({ try $0.referencedManifests() }) {
            live.insert(manifest)
            live.formUnion(try content.readManifest(manifest).entries.map(\.digest))
        }
        var after: Digest?
        while !Task.isCancelled {
            let cursor = after
            let digests = try await store.read { try $0.contentOlderThan(limit, after: cursor, limit: 10_000) }
            guard let last = digests.last else { return }
            after = last
            let dead = digests.filter { !live.contains($0) }
            guard !dead.isEmpty else { continue }
            // Rows first: content without a row is sent again, a row without content would be a lie.
            try await store.write { try $0.removeContent(dead) }
            try content.remove(dead)
            logger.info("content swept", metadata: ["count": "\(dead.count)"])
        }
    }

    /// Removes the directories of sessions that are gone.
    private func sweepSessions() async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.sessions.path)
        for id in names.compactMap({ Int64($0) }) {
            let home = directory.session(id)
            guard try await store.read({ try $0.session(id: id) }) == nil, !executor.isSupervised(home) else { continue }
            try FileManager.default.removeItem(at: home)
        }
    }
}
