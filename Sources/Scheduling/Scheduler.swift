package import API
package import Foundation

/// Decides which waiting session starts where, and who gives way to whom. It takes what happened and answers with what to do; it
/// knows no clock and touches nothing, so the same events give the same answers.
///
/// The rules:
///
/// 1. Sessions are considered by priority. Within one priority users take turns by what they used of late (`FairShare`), each
///    user's own go by age; those that were pushed out, and the one that holds a node (rule 3), go before the others (`Ranking`).
/// 2. Whoever fits starts. A large session that does not fit blocks nobody, until it has waited for `patience`.
/// 3. The first in rank that has waited so long and could run on some idle node *holds* that node. A session of lower rank may
///    then start there only if all that were let in this way, and the holder, fit on the node together.
/// 4. Of several nodes a session gets the one with the fewest GPUs left over, then CPUs, then memory; and of a node's devices
///    those with the lowest indices.
/// 5. A session that does not fit has others of lower priority give way, if they can resume, are not protected, and leave room enough
///    for it. Of all such sets on all nodes the one is chosen that loses the least work, then the one with the fewest sessions,
///    then that of the lowest priorities. Whoever gives way is on the books until it has ended; the room is kept for whom it was
///    made. A session that is not needed any more, because the other found room or went away, may go on.
/// 6. Who was pushed out and runs again is left alone for `respite`.
/// 7. A user may have a limit of sessions, and of GPUs, at a time. What is over it waits, holds no node and pushes nobody out.
///
/// By rule 3 the holder waits at most until those have ended that were on its node before, or that came with a higher rank:
/// whoever was let in later never stands in its way. The next in rank then holds a node in its turn.
package struct Scheduler: Sendable {
    /// How long a session lets smaller ones of lower rank pass, in seconds. Long enough that a node is not kept half
    /// empty for a session that would have fitted a minute later; short beside the hours that training takes.
    package static let patience: TimeInterval = 300

    /// How long a session that was pushed out runs before it may be again, in seconds: so long that loading its checkpoint is a
    /// small part of it, however often others of higher priority come.
    package static let respite: TimeInterval = 300

    /// A session that wants to run.
    package struct Request: Sendable, Hashable {
        package var id: Int64
        package var owner: UserName
        package var resources: Resources
        /// Larger goes first.
        package var priority: Int
        /// Its age in the queue: that of a session that was pushed out stays what it was.
        package var queuedAt: Date
        /// Since when it waits this time, from which its patience counts.
        package var waitingSince: Date
        /// When it saved what it can resume from; nil: it cannot.
        package var savedAt: Date?
        /// Whether it may not be pushed out.
        package var isProtected: Bool
        /// Whether it has run before and lost its place, so that it goes on where it was.
        package var hasBegun: Bool
        /// For whom it gave way, the last time.
        package var gaveWayTo: Int64?

        package init(
            id: Int64, owner: UserName, resources: Resources, priority: Int, queuedAt: Date, waitingSince: Date? = nil,
            savedAt: Date? = nil,
            isProtected: Bool = false, hasBegun: Bool = false, gaveWayTo: Int64? = nil
        ) {
            self.id = id
            self.owner = owner
            self.resources = resources
            self.priority = priority
            self.queuedAt = queuedAt
            self.waitingSince = waitingSince ?? queuedAt
            self.savedAt = savedAt
            self.isProtected = isProtected
            self.hasBegun = hasBegun
            self.gaveWayTo = gaveWayTo
        }

        func ranksBefore(_ other: Request) -> Bool {
            priority != other.priority ? priority > other.priority : isOlder(than: other)
        }

        func isOlder(than other: Request) -> Bool { (queuedAt, id) < (other.queuedAt, other.id) }

        /// As how many devices it counts in its owner's share.
        package var shareDevices: Double {
            FairShare.devices(of: resources) * (isProtected ? FairShare.protectedFactor : 1)
        }
    }

    package enum Event: Sendable {
        /// A node is there, or has other resources than before.
        case nodeAppeared(Node)
        /// Nothing starts there any more. What was placed there stays on the books until it has ended.
        case nodeLost(String)
        /// Saying it twice, or of a session that is placed already, changes nothing more.
        case submitted(Request)
        /// Found running after a restart, since when, and for whom it is giving way. It keeps its place even where the node has
        /// become too small for all.
        case adopted(Request, Placement, startedAt: Date? = nil, yieldsTo: Int64? = nil)
        /// Finished, cancelled, paused or removed, whether it waited or was placed. Unknown ids are not an error.
        case ended(Int64)
        /// A session that gave way, or whose node went away, has ended and waits again, with its age. One that is not placed
        /// stays as it is.
        case requeued(Int64)
        /// Since when there is a checkpoint from which the session can resume; nil: there is none.
        case resumable(Int64, savedAt: Date?)
        case priorityChanged(Int64, Int)
        /// Device-seconds that a user's sessions used until then, before this scheduler knew of them.
        case used(UserName, Double, until: Date)
        /// How much of a user's may run at a time from now on; nil: as much as fits. Nothing that runs is ended by it.
        case limited(UserName, sessions: Int?, gpus: Int?)
        /// Only time has passed.
        case tick
    }

    package enum Decision: Sendable, Hashable {
        case start(Int64, Placement)
        /// The first is to save, to end and to wait again, so that the second has room. Said again when it is for another.
        case yield(Int64, to: Int64)
        /// It need not give way any more. If it has ended by then all the same, say `requeued`.
        case keep(Int64)
    }

    /// A user's sessions of one priority.
    struct Line: Hashable, Sendable {
        var owner: UserName
        var priority: Int
    }

    var ledgers: [NodeLedger] = []
    /// By priority and age; `Ranking` says the rest.
    var waiting: [Request] = []
    var placed: [Int64: Placed] = [:]
    var reservation: Reservation?
    var share = FairShare()
    var lastStart: [Line: Date] = [:]
    var limits: [UserName: Limit] = [:]
    /// What of each user is placed.
    var held: [UserName: Holding] = [:]
    /// For whom others give way, and where, as of the last pass.
    var claims: [Claim] = []

    package init() {}

    /// Takes one event and says what is to be done. What is decided counts as placed from here on; if a start fails, say `ended`.
    package mutating func handle(_ event: Event, now: Date) -> [Decision] { handle([event], now: now) }

    /// Takes several events that belong together, and decides only then.
    package mutating func handle(_ events: [Event], now: Date) -> [Decision] {
        for event in events { take(event, now: now) }
        return place(now: now)
    }

    private mutating func take(_ event: Event, now: Date) {
        switch event {
        case .nodeAppeared(let node): appear(node)
        case .nodeLost(let name): ledgers.removeAll { $0.node.name == name }
        case .submitted(let request): submit(request)
        case .adopted(let request, let placement, let startedAt, let yieldsTo):
            remove(request.id, now: now)
            occupy(request, placement, startedAt: startedAt ?? now, now: now)
            placed[request.id]?.yieldsTo = yieldsTo
        case .ended(let id): remove(id, now: now)
        case .requeued(let id): requeue(id, now: now)
        case .resumable(let id, let savedAt):
            placed[id]?.request.savedAt = savedAt
            if let index = waiting.firstIndex(where: { $0.id == id }) { waiting[index].savedAt = savedAt }
        case .priorityChanged(let id, let priority): change(id, priority: priority)
        case .used(let owner, let deviceSeconds, let until): share.add(deviceSeconds, by: owner, at: until, now: now)
        case .limited(let owner, let sessions, let gpus):
            limits[owner] = sessions == nil && gpus == nil ? nil : Limit(sessions: sessions, gpus: gpus)
        case .tick: break
        }
    }

    /// Where a session runs, if it has been placed.
    package func placement(of id: Int64) -> Placement? { placed[id]?.placement }

    /// Who is giving way to a session.
    package func yielding(to id: Int64) -> [Int64] { placed.values.filter { $0.yieldsTo == id }.map(\.request.id).sorted() }

    /// The device-seconds that count as each user's, for keeping.
    package func usage(now: Date) -> [UserName: Double] { share.all(now: now) }

    /// The work that a session would lose if it were stopped now and could not save: device-seconds. nil when it is not placed.
    package func loss(of id: Int64, now: Date) -> Int? { placed[id]?.loss(now: now) }

    /// Who has which device of a node.
    package func holders(on node: String) -> [Int: Int64] {
        var holders: [Int: Int64] = [:]
        for (id, entry) in placed where entry.placement.node == node {
            for device in entry.placement.devices { holders[device] = id }
        }
        return holders
    }

    /// What a node has left; nil for a node that is not there. Never negative, even where adopted sessions hold more than
    /// the node has.
    package func free(on node: String) -> Resources? {
        guard let ledger = ledgers.first(where: { $0.node.name == node }) else { return nil }
        let free = ledger.free
        return Resources(gpus: free.gpus, cpus: max(0, free.cpus), memoryBytes: max(0, free.memoryBytes), sharedMemoryBytes: 0)
    }
}
