package import API
import Foundation
package import Logging
package import Scheduling
package import Store

/// Drives the scheduler: tells it what happens, and starts what it decides.
package actor Dispatcher {
    private var scheduler = Scheduler()
    /// Sessions whose directories and supervisors are being made at this moment.
    private var starting: Set<Int64> = []
    private let store: Store
    private let starter: SessionStarter
    private let feed: Feed
    private let logger: Logger

    package init(store: Store, starter: SessionStarter, feed: Feed, logger: Logger) {
        self.store = store
        self.starter = starter
        self.feed = feed
        self.logger = logger
    }

    /// Takes up where the server before left off: what runs is adopted, what waited waits on.
    package func begin(on node: Node) async throws {
        let (active, queued) = try await store.read { transaction in
            (
                try transaction.sessions(in: SessionState.active),
                try transaction.sessions(in: [.queued])
            )
        }
        await handle(.nodeAppeared(node))
        for session in active {
            guard let placement = session.record.placement else { continue }
            await handle(.adopted(Self.request(for: session), placement))
        }
        for session in queued {
            await handle(.submitted(Self.request(for: session)))
        }
    }

    package func submitted(_ session: StoredSession) async {
        await handle(.submitted(Self.request(for: session)))
        do {
            // Stopped or removed before we heard of it: nobody would say so again.
            let state = try await store.read { try $0.session(id: session.id)?.record.state }
            if state?.isFinal ?? true { await handle(.ended(session.id)) }
        } catch {
            logger.warning("a new session could not be looked at", metadata: ["session": "\(session.id)", "error": "\(error)"])
        }
    }

    /// Whether the session is being started at this moment: then its directory is not to be touched.
    package func isStarting(_ id: Int64) -> Bool { starting.contains(id) }

    /// The session needs nothing any more: it ended, or it was removed while it waited.
    package func ended(_ id: Int64) async {
        await handle(.ended(id))
    }

    package func priorityChanged(_ id: Int64, to priority: Int) async {
        await handle(.priorityChanged(id, priority))
    }

    /// Lets the scheduler see that time has passed.
    package func tick() async {
        await handle(.tick)
    }

    /// Why such a request could never run here; nil when it could.
    package func whyNever(_ resources: Resources) -> String? {
        scheduler.whyNever(resources)
    }

    package func queue() -> [Scheduler.Waiting] {
        scheduler.queue(now: Date())
    }

    private func handle(_ event: Scheduler.Event) async {
        for case .start(let id, let placement) in scheduler.handle(event, now: Date()) {
            starting.insert(id)
            do {
                try await starter.start(id, on: placement)
                starting.remove(id)
            } catch {
                // Stopped or removed between the decision and the start, or its directory cannot be written.
                logger.warning("a session could not be started", metadata: ["session": "\(id)", "error": "\(error)"])
                await starter.giveUp(id, because: error)
                starting.remove(id)
                await handle(.ended(id))
            }
            feed.changed(id)
        }
    }

    private static func request(for session: StoredSession) -> Scheduler.Request {
        Scheduler.Request(
            id: session.id, owner: session.record.name.user, resources: session.record.resources, priority: session.record.priority,
            queuedAt: session.queuedAt)
    }
}
