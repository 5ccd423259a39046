package import API
package import Foundation

/// Decides which waiting session starts where. It takes what happened and answers with what to start; it knows no clock and
/// touches nothing, so the same events give the same answers.
///
/// The rules:
///
/// 1. Sessions are considered by priority, then by age, then by id.
/// 2. Whoever fits starts. A large session that does not fit blocks nobody, until it has waited for `patience`.
/// 3. The first in rank that has waited so long and could run on some idle node *holds* that node. A session of lower rank may
///    then start there only if all that were let in this way, and the holder, fit on the node together.
/// 4. Of several nodes a session gets the one with the fewest GPUs left over, then CPUs, then memory; and of a node's devices
///    those with the lowest indices.
///
/// By rule 3 the holder waits at most until those have ended that were on its node before, or that came with a higher rank:
/// whoever was let in later never stands in its way. The next in rank then holds a node in its turn.
package struct Scheduler: Sendable {
    /// How long a session lets smaller ones of lower rank pass, in seconds. Long enough that a node is not kept half
    /// empty for a session that would have fitted a minute later; short beside the hours that training takes.
    package static let patience: TimeInterval = 300

    /// A session that wants to run.
    package struct Request: Sendable, Hashable {
        package var id: Int64
        package var owner: UserName
        package var resources: Resources
        /// Larger goes first.
        package var priority: Int
        package var queuedAt: Date

        package init(id: Int64, owner: UserName, resources: Resources, priority: Int, queuedAt: Date) {
            self.id = id
            self.owner = owner
            self.resources = resources
            self.priority = priority
            self.queuedAt = queuedAt
        }

        func ranksBefore(_ other: Request) -> Bool {
            if priority != other.priority { return priority > other.priority }
            if queuedAt != other.queuedAt { return queuedAt < other.queuedAt }
            return id < other.id
        }
    }

    package enum Event: Sendable {
        /// A node is there, or has other resources than before.
        case nodeAppeared(Node)
        /// Nothing starts there any more. What was placed there stays on the books until it has ended.
        case nodeLost(String)
        /// Saying it twice, or of a session that is placed already, changes nothing more.
        case submitted(Request)
        /// Found running after a restart. It keeps its place even where the node has become too small for all.
        case adopted(Request, Placement)
        /// Finished, cancelled or removed, whether it waited or was placed. Unknown ids are not an error.
        case ended(Int64)
        case priorityChanged(Int64, Int)
        /// Only time has passed.
        case tick
    }

    package enum Decision: Sendable, Hashable {
        case start(Int64, Placement)
    }

    var ledgers: [NodeLedger] = []
    /// In the order of rank.
    var waiting: [Request] = []
    var placed: [Int64: Placed] = [:]
    var reservation: Reservation?

    package init() {}

    /// Takes one event and says who starts now. What is decided counts as placed from here on; if a start fails, say `ended`.
    package mutating func handle(_ event: Event, now: Date) -> [Decision] {
        switch event {
        case .nodeAppeared(let node): appear(node)
        case .nodeLost(let name): ledgers.removeAll { $0.node.name == name }
        case .submitted(let request): submit(request)
        case .adopted(let request, let placement):
            remove(request.id)
            occupy(request, placement)
        case .ended(let id): remove(id)
        case .priorityChanged(let id, let priority): change(id, priority: priority)
        case .tick: break
        }
        return place(now: now)
    }

    /// Where a session runs, if it has been placed.
    package func placement(of id: Int64) -> Placement? { placed[id]?.placement }

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

/// A session with its place.
struct Placed: Sendable, Hashable {
    var request: Scheduler.Request
    var placement: Placement
}

/// A node that is kept for a session which has waited too long.
struct Reservation: Sendable, Hashable {
    /// The session that holds it.
    var id: Int64
    var node: String
    var since: Date
    /// What those of lower rank take that were let in since.
    var admitted: [Int64: Resources] = [:]
}

// MARK: Events
extension Scheduler {
    private mutating func appear(_ node: Node) {
        ledgers.removeAll { $0.node.name == node.name }
        var ledger = NodeLedger(node: node)
        for entry in placed.values where entry.placement.node == node.name {
            ledger.occupy(entry.request.resources, devices: entry.placement.devices)
        }
        // By name, so that the order in which nodes came does not decide anything.
        ledgers.insert(ledger, at: ledgers.firstIndex { $0.node.name > node.name } ?? ledgers.endIndex)
    }

    private mutating func submit(_ request: Request) {
        guard placed[request.id] == nil else { return }
        waiting.removeAll { $0.id == request.id }
        enqueue(request)
    }

    private mutating func enqueue(_ request: Request) {
        waiting.insert(request, at: waiting.firstIndex { request.ranksBefore($0) } ?? waiting.endIndex)
    }

    private mutating func change(_ id: Int64, priority: Int) {
        placed[id]?.request.priority = priority
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        var request = waiting.remove(at: index)
        request.priority = priority
        enqueue(request)
    }

    private mutating func remove(_ id: Int64) {
        waiting.removeAll { $0.id == id }
        reservation?.admitted[id] = nil
        guard let entry = placed.removeValue(forKey: id), let index = index(of: entry.placement.node) else { return }
        ledgers[index].release(entry.request.resources, devices: entry.placement.devices)
    }

    private mutating func occupy(_ request: Request, _ placement: Placement) {
        placed[request.id] = Placed(request: request, placement: placement)
        guard let index = index(of: placement.node) else { return }
        ledgers[index].occupy(request.resources, devices: placement.devices)
    }

    private func index(of node: String) -> Int? { ledgers.firstIndex { $0.node.name == node } }
}

// MARK: Placing
extension Scheduler {
    /// Goes through the queue once, in the order of rank.
    private mutating func place(now: Date) -> [Decision] {
        var decisions: [Decision] = []
        var left: [Request] = []
        // Within one pass resources only shrink and conditions only tighten: what did not fit for one does not fit for the next.
        var hopeless: Set<Resources> = []
        var held: Reservation?
        for request in waiting {
            if !hopeless.contains(request.resources), let index = choose(for: request.resources, beside: held) {
                let ledger = ledgers[index]
                let placement = Placement(node: ledger.node.name, devices: ledger.devices(request.resources.gpus))
                if held?.node == placement.node { held?.admitted[request.id] = request.resources }
                occupy(request, placement)
                decisions.append(.start(request.id, placement))
                continue
            }
            hopeless.insert(request.resources)
            left.append(request)
            if held == nil { held = hold(for: request, now: now) }
        }
        waiting = left
        reservation = held
        return decisions
    }

    /// The best node that has room now, seen from a session that must respect `held`.
    private func choose(for resources: Resources, beside held: Reservation?) -> Int? {
        var best: Int?
        for index in ledgers.indices where ledgers[index].fits(resources) {
            if let held, held.node == ledgers[index].node.name, !leavesRoom(resources, beside: held, on: ledgers[index]) { continue }
            if let known = best, !ledgers[index].isTighter(than: ledgers[known]) { continue }
            best = index
        }
        return best
    }

    /// Whether the holder still fits once all have ended that were there before it.
    func leavesRoom(_ resources: Resources, beside held: Reservation, on ledger: NodeLedger) -> Bool {
        guard let holder = waiting.first(where: { $0.id == held.id }) else { return true }
        let together = held.admitted.values.reduce(holder.resources.adding(resources)) { $0.adding($1) }
        return ledger.couldEverFit(together)
    }

    /// The reservation of a session that does not fit now: the one it has, or a new one once it has waited long enough.
    private func hold(for request: Request, now: Date) -> Reservation? {
        let couldFit = ledgers.filter { $0.couldEverFit(request.resources) }
        if let reservation, reservation.id == request.id, couldFit.contains(where: { $0.node.name == reservation.node }) {
            return reservation
        }
        guard now.timeIntervalSince(request.queuedAt) >= Self.patience || reservation?.id == request.id else { return nil }
        let nearest = couldFit.min { $0.missing(for: request.resources) < $1.missing(for: request.resources) }
        return nearest.map { Reservation(id: request.id, node: $0.node.name, since: now) }
    }
}
