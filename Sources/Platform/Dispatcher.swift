package import API
import Foundation
package import Logging
package import Scheduling
package import Store

/// Drives the scheduler: tells it what happens, and does what it decides.
package actor Dispatcher {
    /// How long a session that gives way may take to save and to end. Half of it is for the safe point and the saving: a large model takes
    /// some tens of seconds; whoever needs the place should not wait for minutes.
    static let yieldGraceSeconds = 120.0
    /// How often what users used is written down. A crash forgets no more than this of it.
    private static let usageInterval: TimeInterval = 60

    private var scheduler = Scheduler()
    /// Sessions whose directories and supervisors are being made at this moment.
    private var starting: Set<Int64> = []
    /// Sessions whose failed start could not be written down: the database says that they wait, so they are looked at again.
    private var unrecorded: Set<Int64> = []
    private var usageWrittenAt = Date.distantPast
    private let store: Store
    private let starter: SessionStarter
    private let feed: Feed
    private let board: CommandBoard
    private let logger: Logger

    package init(store: Store, starter: SessionStarter, feed: Feed, board: CommandBoard, logger: Logger) {
        self.store = store
        self.starter = starter
        self.feed = feed
        self.board = board
        self.logger = logger
    }

    /// Takes up where the server before left off: what runs is adopted, what waited waits on, who gives way still does.
    package func begin(on node: Node) async throws {
        let (active, queued, usage, names, quotas) = try await store.read { transaction in
            let active = try transaction.sessions(in: SessionState.active).filter(\.record.holdsPlace)
            let queued = try transaction.sessions(in: [.queued])
            let others = (active.map { $0.yield?.request.to } + queued.map(\.gaveWayTo)).compactMap(\.self)
            let names = try Dictionary(others.map { ($0, try transaction.session($0)?.id) }) { first, _ in first }
            return (active, queued, try transaction.deviceUsage(), names, try transaction.quotas())
        }
        let now = Date()
        var events: [Scheduler.Event] = [.nodeAppeared(node)]
        events += quotas.map { .limited($0.user, sessions: $0.quota.sessions, gpus: $0.quota.gpus) }
        events += usage.map { .used($0.user, $0.deviceSeconds, until: $0.at) }
        let counted = Dictionary(usage.map { ($0.user, $0.at) }) { first, _ in first }
        for session in active {
            guard let placement = session.record.placement else { continue }
            let request = Self.request(for: session)
            // Of a placement that has not begun to run the start of the one before is known.
            let startedAt = max(session.record.startedAt ?? session.waitingSince, session.waitingSince)
            // While no server was there, it ran all the same.
            let since = max(startedAt, counted[request.owner] ?? now)
            events.append(.used(request.owner, request.shareDevices * max(0, now.timeIntervalSince(since)), until: now))
            let other = session.yield?.request.to.flatMap { names[$0] ?? nil }
            events.append(.adopted(request, placement, startedAt: startedAt, yieldsTo: other))
        }
        for session in queued {
            var request = Self.request(for: session)
            request.gaveWayTo = session.gaveWayTo.flatMap { names[$0] ?? nil }
            events.append(.submitted(request))
        }
        await handle(events)
    }

    package func submitted(_ session: StoredSession) async {
        await handle([.submitted(Self.request(for: session))])
        do {
            // Stopped or removed before we heard of it: nobody would say so again.
            let state = try await store.read { try $0.session(id: session.id)?.record.state }
            if state?.isFinal ?? true { await handle([.ended(session.id)]) }
        } catch {
            logger.warning("a new session could not be looked at", metadata: ["session": "\(session.id)", "error": "\(error)"])
        }
    }

    /// Whether the session is being started at this moment: then its directory is not to be touched.
    package func isStarting(_ id: Int64) -> Bool { starting.contains(id) }

    /// The session needs nothing any more: it ended, or it was paused or removed while it waited.
    package func ended(_ id: Int64) async {
        await handle([.ended(id)])
    }

    /// The session has given its place back, and waits again.
    package func requeued(_ id: Int64) async {
        await handle([.requeued(id)])
    }

    /// Tells since when the session has what it can go on from.
    package func resumable(_ session: StoredSession) async {
        await handle([.resumable(session.id, savedAt: session.resumableSince)])
    }

    package func priorityChanged(_ id: Int64, to priority: Int) async {
        await handle([.priorityChanged(id, priority)])
    }

    /// A user may have so much at a time from now on.
    package func limited(_ user: UserName, _ quota: UserQuota) async {
        await handle([.limited(user, sessions: quota.sessions, gpus: quota.gpus)])
    }

    /// Lets the scheduler see that time has passed.
    package func tick() async {
        await handle([.tick])
        await lookAgain()
        await writeUsage()
    }

    /// Why such a request of this user could never run here; nil when it could.
    package func whyNever(_ resources: Resources, for owner: UserName) -> String? {
        scheduler.whyNever(resources) ?? scheduler.whyNever(resources, for: owner)
    }

    package func queue() -> [Scheduler.Waiting] {
        scheduler.queue(now: Date())
    }

    private func handle(_ events: [Scheduler.Event]) async {
        for decision in scheduler.handle(events, now: Date()) {
            switch decision {
            case .start(let id, let placement):
                await start(id, on: placement)
                feed.changed(id)
            case .yield(let id, let other): await yield(id, to: other)
            case .keep(let id): await keep(id)
            }
        }
    }

    /// Brings to its end a start that was cut short: the session has its place, and no plan of it.
    package func startAgain(_ id: Int64) async { await start(id, on: nil) }

    private func lookAgain() async {
        for id in unrecorded {
            do {
                let session = try await store.read { try $0.session(id: id) }
                unrecorded.remove(id)
                if let session, session.record.state == .queued { await submitted(session) }
            } catch {
                logger.warning("a session could not be looked at", metadata: ["session": "\(id)", "error": "\(error)"])
            }
        }
    }

    private func start(_ id: Int64, on placement: Placement?) async {
        starting.insert(id)
        do {
            try await starter.start(id, on: placement)
            starting.remove(id)
        } catch {
            // Stopped, paused or removed between the decision and the start, or its directory cannot be written.
            logger.warning("a session could not be started", metadata: ["session": "\(id)", "error": "\(error)"])
            if await !starter.giveUp(id, because: error) { unrecorded.insert(id) }
            starting.remove(id)
            await handle([.ended(id)])
        }
    }

    private func yield(_ id: Int64, to other: Int64) async {
        do {
            try await store.write { transaction in
                guard let session = try transaction.session(id: id), let preemptor = try transaction.session(id: other) else { return }
                // Its user's wish to stop or to pause it frees the place as well.
                guard session.stop == nil, session.yield?.request.cause != .pause, session.yield?.request.to != preemptor.name else {
                    return
                }
                try transaction.requestYield(
                    id: id, YieldRequest(cause: .preempt, graceSeconds: Self.yieldGraceSeconds, to: preemptor.name),
                    detail: "gives way to \(preemptor.publicName), priority \(preemptor.record.priority)", actor: "platform", at: Date())
            }
        } catch {
            // It has ended meanwhile, which the scheduler is told by whoever noticed.
            logger.info("a session could not be asked to give way", metadata: ["session": "\(id)", "error": "\(error)"])
        }
        feed.changed(id)
    }

    private func keep(_ id: Int64) async {
        do {
            let isCancelled = try await store.write { transaction in
                guard try transaction.session(id: id) != nil else { return false }
                return try transaction.cancelYield(
                    id: id, cause: .preempt, because: "need not give way any more", actor: "platform", at: Date())
            }
            if isCancelled { board.post(.keep, to: id) }
        } catch {
            logger.warning("a session could not be told to go on", metadata: ["session": "\(id)", "error": "\(error)"])
        }
        feed.changed(id)
    }

    private func writeUsage() async {
        let now = Date()
        guard abs(now.timeIntervalSince(usageWrittenAt)) >= Self.usageInterval else { return }
        usageWrittenAt = now
        let usage = scheduler.usage(now: now)
        guard !usage.isEmpty else { return }
        do {
            try await store.write { try $0.setDeviceUsage(usage, at: now) }
        } catch {
            logger.warning("what users used could not be written down", metadata: ["error": "\(error)"])
        }
    }

    private static func request(for session: StoredSession) -> Scheduler.Request {
        Scheduler.Request(
            id: session.id, owner: session.record.name.user, resources: session.record.resources, priority: session.record.priority,
            queuedAt: session.queuedAt, waitingSince: session.waitingSince, savedAt: session.resumableSince,
            isProtected: session.record.isProtected, hasBegun: session.hasBegun)
    }
}

extension StoredSession {
    /// What others may be told: a private session's name is its owner's alone.
    var publicName: String { record.isPrivate ? "a private session of \(name.user)" : name.description }
}
