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
    /// What a submission printed is kept so long after its end: long enough for its dataset's owner to look into a complaint.
    private static let submissionLogSeconds = 30.0 * 86_400
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
    private let removal: SessionRemoval
    private let attendance: Attendance
    private let configuration: PlatformConfiguration
    private let logger: Logger
    private let reserve: SpaceReserve

    package init(
        store: Store, content: ContentStore, directory: DataDirectory, executor: any Executor, dispatcher: Dispatcher, feed: Feed,
        board: CommandBoard, settlement: SubmissionSettlement, removal: SessionRemoval, attendance: Attendance,
        configuration: PlatformConfiguration, logger: Logger, reserve: SpaceReserve
    ) {
        self.reserve = reserve
        self.store = store
        self.content = content
        self.directory = directory
        self.executor = executor
        self.dispatcher = dispatcher
        self.feed = feed
        self.board = board
        self.settlement = settlement
        self.removal = removal
        self.attendance = attendance
        self.configuration = configuration
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await watch() }
                group.addTask { await remove() }
                group.addTask { await sweep() }
            }
        }
    }

    private func watch() async {
        var restarts: [Int64: Int] = [:]
        while !Task.isCancelled {
            do {
                let active = try await store.read { try $0.sessions(in: SessionState.active) }.filter(\.record.holdsPlace)
                for session in active where !session.isBeingRemoved {
                    try await watch(session, &restarts)
                }
                try await removeLeft()
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
        // Its process may be alive and use what it was given: nobody else gets that before it has ended.
        guard try await executor.end(in: directory.session(session.id)) else { return }
        let reason = "supervision lost: the session's supervisor ended \(Self.maximumRestarts) times"
        try await store.write { transaction in
            guard let now = try transaction.session(id: session.id), now.record.holdsPlace else { return }
            try transaction.setState(id: session.id, to: .failed, reason: reason, exit: nil, at: Date(), actor: "platform")
        }
        logger.error("supervision lost", metadata: ["session": "\(session.record.name)"])
        board.ended(session.id, reason: reason)
        await dispatcher.ended(session.id)
        feed.changed(session.id)
    }

    /// Brings removals to their end, as soon as there are some.
    private func remove() async {
        while !Task.isCancelled, !feed.isClosed {
            let ticket = feed.ticket(for: Feed.removals)
            var left = 1
            do {
                left = try await removal.finishAll()
            } catch is CancellationError {
                return
            } catch {
                logger.error("removing sessions failed", metadata: ["error": "\(error)"])
            }
            // What is killed is gone within milliseconds, and others wait for what it held.
            await feed.wait(for: Feed.removals, after: ticket, seconds: left > 0 ? 0.05 : 60)
        }
    }

    /// Removes the interactive sessions whose owners follow them no more.
    private func removeLeft() async throws {
        let sessions = try await store.read { try $0.interactiveSessions() }
        let left = attendance.left(sessions.map(\.id), after: configuration.interactiveLeaseSeconds)
        for session in sessions where left.contains(session.id) {
            let seconds = Int(configuration.interactiveLeaseSeconds)
            logger.info("an interactive session is removed, since nobody follows it", metadata: ["session": "\(session.name)"])
            try await removal.begin(actor: "platform", because: "nobody followed it for \(seconds) s") { transaction in
                guard let now = try transaction.session(id: session.id) else { throw Failure.noSession(session.name) }
                return now
            }
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            do {
                // What a damaged database does not name may be needed all the same.
                if let fault = store.fault { throw fault }
                for shell in board.sweep() { ShellService.feedKeys(of: shell).forEach(feed.removed) }
                try await sweepSessions()
                try await store.write { try $0.sweepEnvironmentRecords() }
                try await store.truncateLogs()
                try await sweepNode()
                // Last, since it goes no further where a manifest cannot be read.
                try await sweepContent()
                reserve.fill()
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
        live.formUnion(try await store.read { try $0.mediaDigests() })
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
            // On the writer again: what was sent meanwhile has a row again, and what is sent from now on finds the file gone.
            try await store.write { transaction in
                try content.remove(dead.filter { try transaction.contentBytes(of: $0) == nil })
            }
            logger.info("content swept", metadata: ["count": "\(dead.count)"])
        }
    }

    private func sweepNode() async throws {
        let (live, active) = try await store.read { transaction in
            (Set(try transaction.referencedManifests()), Set(try transaction.sessions(in: SessionState.open).map(\.id)))
        }
        try await executor.sweep(directory, live: live, active: active)
    }

    /// Removes what lies about of sessions that are gone: nothing does, unless an earlier version or a hand has left it.
    private func sweepSessions() async throws {
        let ids = try SessionRemains.ids(in: directory).sorted()
        for id in try await store.read({ try $0.unknownSessions(among: ids) }) {
            let home = directory.session(id)
            guard !executor.isSupervised(home) else { continue }
            guard try await executor.end(in: home) else { continue }
            let limit = Date(timeIntervalSinceNow: -Self.submissionLogSeconds)
            let keepsLog = try await store.read { try $0.isOfSubmission(session: id, since: limit) }
            try SessionRemains(directory: directory, id: id).remove(keepsLog: keepsLog)
        }
        let reported = try await store.series.sessions()
        for id in try await store.read({ try $0.unknownSessions(among: reported) }) { try await store.series.remove(session: id) }
    }
}
