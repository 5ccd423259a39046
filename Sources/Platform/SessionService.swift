package import API
import Content
import Foundation
import Scheduling
package import Store

/// Sessions: starting, listing, changing, stopping and removing them.
package struct SessionService: Sendable {
    private let store: Store
    private let contents: ContentService
    private let dispatcher: Dispatcher
    private let feed: Feed
    private let removal: SessionRemoval
    private let creation: SessionCreation
    private let reserve: SpaceReserve

    package init(
        store: Store, contents: ContentService, dispatcher: Dispatcher, feed: Feed, removal: SessionRemoval, creation: SessionCreation,
        reserve: SpaceReserve
    ) {
        self.reserve = reserve
        self.store = store
        self.contents = contents
        self.dispatcher = dispatcher
        self.feed = feed
        self.removal = removal
        self.creation = creation
    }

    package func run(_ new: NewSession, by identity: Identity) async throws -> SessionRecord {
        guard new.type == .normal, new.parent == nil else {
            throw Failure(
                .invalidRequest, "a session of type \(new.type.rawValue) is not started by itself",
                hint: "'nsml infer' starts one for a checkpoint")
        }
        return try await creation.create(new, by: identity).record
    }

    package func list(_ query: SessionQuery, for identity: Identity) async throws -> Page<SessionRecord> {
        try await store.read { try $0.sessions(query, viewer: identity) }
    }

    /// The session, as soon as something newer than event `afterEvent` has happened to it, or `waitSeconds` are over.
    package func get(_ name: SessionName, afterEvent: Int64?, waitSeconds: Double, for identity: Identity) async throws -> SessionRecord {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(waitSeconds)
        while true {
            let found = try await store.read { try $0.outlinedSession(name, to: identity) }
            let ticket = feed.ticket(for: found.id)
            // Looked at again after the ticket: what happens from here on wakes us.
            let session = try await store.read { try $0.outlinedSession(name, to: identity) }
            let left = clock.now.duration(to: deadline) / .seconds(1)
            guard let afterEvent, session.record.eventNumber <= afterEvent, !session.record.state.isFinal, left > 0, !feed.isClosed else {
                return session.record
            }
            await feed.wait(for: session.id, after: ticket, seconds: left)
            try Task.checkCancellation()
        }
    }

    package func change(_ name: SessionName, _ change: SessionChange, by identity: Identity) async throws -> SessionRecord {
        if let priority = change.priority { try SessionCreation.checkPriority(priority) }
        if let memo = change.memo { try SessionCreation.checkMemo(memo) }
        let session = try await store.write { transaction in
            let session = try transaction.ownedSession(name, by: identity, to: "change")
            try transaction.changeSession(id: session.id, change, actor: identity.user.rawValue, at: Date())
            return try transaction.outlinedSession(name, to: identity)
        }
        if let priority = change.priority { await dispatcher.priorityChanged(session.id, to: priority) }
        feed.changed(session.id)
        return session.record
    }

    /// A waiting session is stopped at once; an active one is asked to, and its supervisor sees to it.
    package func stop(_ name: SessionName, _ request: StopRequest, by identity: Identity) async throws -> SessionRecord {
        guard request.graceSeconds >= 0, request.graceSeconds <= 86_400 else {
            throw Failure.invalidValue("grace", "\(request.graceSeconds)", expected: "0 to 86400 seconds")
        }
        let session = try await reserve.making {
            try await store.write { transaction in
                let session = try transaction.ownedSession(name, by: identity, to: "stop")
                guard !session.record.state.isFinal else {
                    throw Failure.wrongState(name, session.record.state, needed: "only a session that waits or runs can be stopped")
                }
                let now = Date()
                if !session.record.holdsPlace {
                    let when = session.record.state == .queued && session.record.startedAt == nil ? "before it started" : "while it waited"
                    try transaction.setState(
                        id: session.id, to: .stopped, reason: "stopped by \(identity.user) \(when)", exit: nil, at: now,
                        actor: identity.user.rawValue)
                } else {
                    try transaction.requestStop(id: session.id, request, actor: identity.user.rawValue, at: now)
                }
                return try transaction.outlinedSession(name, to: identity)
            }
        }
        if session.record.state.isFinal { await dispatcher.ended(session.id) }
        feed.changed(session.id)
        return session.record
    }

    /// Removes the session with its checkpoints, logs and files. With `force` also one that is not over: it is gone for all who ask
    /// at once, and what it holds is free as soon as its processes have ended.
    package func remove(_ name: SessionName, force: Bool, by identity: Identity) async throws {
        try await removal.begin(actor: identity.user.rawValue) { transaction in
            let session = try transaction.ownedSession(name, by: identity, to: "remove")
            guard session.record.state.isFinal || force else {
                throw Failure.wrongState(name, session.record.state, needed: "'nsml rm -f \(name)' stops and removes it")
            }
            return session
        }
    }

    package func events(_ name: SessionName, after: Int64, limit: Int, for identity: Identity) async throws -> Page<SessionEvent> {
        try await store.read { transaction in
            let session = try transaction.outlinedSession(name, to: identity)
            let events = try transaction.events(session: session.id, after: after, limit: limit)
            return Page(items: events, next: events.count == limit ? events.last.map { "\($0.number)" } : nil)
        }
    }

    package func metrics(_ name: SessionName, for identity: Identity) async throws -> [MetricSummary] {
        let session = try await store.read { try $0.visibleSession(name, to: identity) }
        return try await store.series.metrics(session: session.id)
    }

    package func series(
        _ name: SessionName, metric: String, fromStep: Int64?, toStep: Int64?, points: Int, for identity: Identity
    ) async throws -> SeriesColumns {
        guard (2...100_000).contains(points) else {
            throw Failure.invalidValue("points", "\(points)", expected: "2 to 100000")
        }
        let session = try await store.read { try $0.visibleSession(name, to: identity) }
        return try await store.series.points(session: session.id, name: metric, fromStep: fromStep, toStep: toStep, limit: points)
    }

    /// What it used of its node, a series for each figure: `cpu` in cores, `memory` in bytes, and for each of its GPUs
    /// `gpu/0/utilization` in percent, `gpu/0/memory` in bytes, `gpu/0/power` in watts and `gpu/0/temperature` in degrees Celsius.
    package func usage(_ name: SessionName, points: Int, for identity: Identity) async throws -> [SeriesColumns] {
        guard (2...10_000).contains(points) else {
            throw Failure.invalidValue("points", "\(points)", expected: "2 to 10000")
        }
        let session = try await store.read { try $0.visibleSession(name, to: identity) }
        return try await store.series.usage(session: session.id, limit: points)
    }

    /// The manifest of the code as it was uploaded.
    package func codeManifest(_ name: SessionName, for identity: Identity) async throws -> Digest {
        try await store.read { try $0.visibleSession(name, to: identity).record.workspace }
    }

    /// Every waiting session that the caller may see, in order.
    package func queue(for identity: Identity) async throws -> [QueueEntry] {
        let waiting = await dispatcher.queue()
        return try await store.read { transaction in
            try waiting.compactMap { entry in
                guard let session = try transaction.session(id: entry.id), session.record.state == .queued, !session.isBeingRemoved,
                    Access.mayRead(session.record, identity)
                else { return nil }
                var reason = entry.reason
                func names(_ ids: [Int64]) throws -> String {
                    try ids.compactMap { try transaction.session(id: $0) }.map {
                        Access.mayRead($0.record, identity) ? $0.name.description : $0.publicName
                    }.joined(separator: ", ")
                }
                if !entry.givingWay.isEmpty { reason += "; \(try names(entry.givingWay)) gives way to it" }
                if let behind = entry.behind { reason += " (\(try names([behind])))" }
                if let other = entry.gaveWayTo { reason += "; it gave way to \(try names([other]))" }
                return QueueEntry(
                    rank: entry.rank, session: session.record.name, priority: session.record.priority, resources: session.record.resources,
                    queuedAt: session.queuedAt, reason: reason)
            }
        }
    }
}
