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
    /// An expired token is listed so long, so that people see why it opens nothing any more.
    private static let expiredTokenSeconds = 7.0 * 86_400
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
        var restarts: [Int64: SupervisorRestarts] = [:]
        while !Task.isCancelled {
            do {
                let active = try await watchSupervisors(&restarts)
                try await removeLeft()
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

    /// Sees that every session that has a place has a supervisor; returns those sessions.
    func watchSupervisors(_ restarts: inout [Int64: SupervisorRestarts]) async throws -> [StoredSession] {
        let active = try await store.read { try $0.sessions(in: SessionState.active) }.filter(\.record.holdsPlace)
        for session in active where !session.isBeingRemoved { try await watch(session, &restarts) }
        restarts = restarts.filter { id, _ in active.contains { $0.id == id } }
        return active
    }

    private func watch(_ session: StoredSession, _ restarts: inout [Int64: SupervisorRestarts]) async throws {
        let home = directory.session(session.id)
        let now = ContinuousClock.now
        guard !executor.isSupervised(home) else { return restarts[session.id, default: SupervisorRestarts()].supervised(at: now) }
        // The plan is written after the placement: a session that is just being started is not yet ours to watch.
        guard await !dispatcher.isStarting(session.id) else { return }
        // The server was killed in between: what it began is done again.
        guard SessionStarter.plannedEpoch(in: home) == session.epoch else { return await dispatcher.startAgain(session.id) }
        switch restarts[session.id, default: SupervisorRestarts()].unsupervised(at: now) {
        case .wait: return
        // The first look after a start may come before the supervisor has taken its lock: starting one too many is harmless.
        case .start: try executor.startSupervisor(in: home)
        case .giveUp:
            // A training that goes on without a supervisor is not the one to pay: its output waits in its files.
            guard executor.isRunning(home) else { return try await lose(session) }
            logger.error("supervisors keep ending", metadata: ["session": "\(session.record.name)"])
            restarts[session.id] = SupervisorRestarts()
        }
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
        let reason = "supervision lost: the session's supervisor ended \(SupervisorRestarts.maximumCount) times"
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
                try await store.write { transaction in
                    try transaction.sweepEnvironmentRecords()
                    try transaction.removeTokens(expiredBefore: Date(timeIntervalSinceNow: -Self.expiredTokenSeconds))
                }
                try await store.truncateLogs()
                try await sweepNode()
                reserve.fill()
                // Last, since it goes no further where a manifest cannot be read.
                try await sweepContent()
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
        let sweep = ContentSweep(store: store, content: content, olderThan: limit)
        let count = try await sweep.removeAll(besides: sweep.look())
        if count > 0 { logger.info("content swept", metadata: ["count": "\(count)"]) }
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
