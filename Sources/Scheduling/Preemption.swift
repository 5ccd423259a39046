import API
import Foundation

/// What one pass through the queue has promised so far. It is made anew for each pass, so nothing in it can be out of date.
struct Pass {
    let now: Date
    /// Who on each node gives way already, or could.
    let pushable: [String: [Placed]]
    /// The node that is kept for a session that has waited too long.
    var held: Reservation? {
        didSet { if oldValue == nil { claimsBeforeHolder = claims.count } }
    }
    /// How many of the claims were made before a node was held: by sessions of higher rank.
    private(set) var claimsBeforeHolder = 0
    /// For each node what comes back from those that give way to sessions considered before, less what these sessions need.
    var coming: [String: Resources] = [:]
    /// Who gives way, and to whom.
    var yields: [Int64: Int64] = [:]
    /// Sessions that wait for others to end, and where.
    var claims: [Claim] = []

    init(_ scheduler: Scheduler, now: Date) {
        self.now = now
        pushable = Dictionary(
            grouping: scheduler.placed.values.filter { $0.yieldsTo != nil || $0.mayBePushed(now: now) }, by: \.placement.node)
    }

    /// What of a node's room is nobody's: of what is free now, and of what will be when all have ended that give way.
    func mayTake(_ resources: Resources, from ledger: NodeLedger) -> Bool {
        guard ledger.fits(resources) else { return false }
        guard let coming = coming[ledger.node.name] else { return true }
        return resources.fits(in: ledger.free.adding(coming))
    }
}

/// A session for which others are giving way on a node.
struct Claim: Sendable, Hashable {
    var id: Int64
    var node: String
    var resources: Resources
}

/// Who is to give way so that a session fits on a node, and what that costs.
struct Victims {
    /// Compared from left to right; less is better. Each can only grow with one more victim.
    struct Cost: Comparable {
        /// Device-seconds of work that would be lost by those that are not giving way already.
        var lost = 0
        var newcomers = 0
        var count = 0
        /// How many are giving way to somebody else.
        var foreign = 0
        /// Counted from below the lowest priority there is.
        var priorities = 0

        static func < (one: Cost, other: Cost) -> Bool {
            (one.lost, one.newcomers, one.count, one.foreign, one.priorities)
                < (other.lost, other.newcomers, other.count, other.foreign, other.priorities)
        }

        static func + (one: Cost, other: Cost) -> Cost {
            Cost(
                lost: one.lost + other.lost, newcomers: one.newcomers + other.newcomers, count: one.count + other.count,
                foreign: one.foreign + other.foreign, priorities: one.priorities + other.priorities)
        }
    }

    struct Candidate {
        var id: Int64
        var resources: Resources
        var cost: Cost
    }

    var ids: [Int64]
    var cost: Cost
}

/// The cheapest set of candidates that gives back what is missing.
struct VictimSearch {
    /// The number of sets looked at: beyond a dozen candidates not all can be tried, and the best of so many is taken.
    static let patience = 4_000

    private let candidates: [Victims.Candidate]
    /// What the candidates from an index on give back together.
    private let rest: [Resources]
    private var best: Victims?
    private var looked = 0

    private init(_ candidates: [Victims.Candidate]) {
        self.candidates = candidates
        var rest = [Resources.nothing]
        for candidate in candidates.reversed() { rest.append((rest.last ?? .nothing).adding(candidate.resources)) }
        self.rest = rest.reversed()
    }

    /// nil when all together do not suffice. `missing` may be negative where more than enough is there.
    static func run(_ candidates: [Victims.Candidate], missing: Resources) -> Victims? {
        let useful = candidates.filter {
            (missing.gpus > 0 && $0.resources.gpus > 0) || (missing.cpus > 0 && $0.resources.cpus > 0)
                || (missing.memoryBytes > 0 && $0.resources.memoryBytes > 0)
        }
        // Mostly there are not enough: then nothing more is computed.
        guard useful.reduce(missing, { $0.subtracting($1.resources) }).isCovered else { return nil }
        var search = VictimSearch(useful.sorted { ($0.cost, -$0.id) < ($1.cost, -$1.id) })
        search.extend([], from: 0, cost: Victims.Cost(), missing: missing)
        return search.best.map { search.spared($0, missing: missing) }
    }

    private mutating func extend(_ ids: [Int64], from index: Int, cost: Victims.Cost, missing: Resources) {
        if let best, best.cost <= cost { return }
        if missing.isCovered {
            best = Victims(ids: ids, cost: cost)
            return
        }
        looked += 1
        guard index < candidates.count, missing.subtracting(rest[index]).isCovered, best == nil || looked < Self.patience else { return }
        let next = candidates[index]
        extend(ids + [next.id], from: index + 1, cost: cost + next.cost, missing: missing.subtracting(next.resources))
        extend(ids, from: index + 1, cost: cost, missing: missing)
    }

    /// Without those that are not needed, the dearest first: where not every set was tried there may be some.
    private func spared(_ found: Victims, missing: Resources) -> Victims {
        var chosen = candidates.filter { found.ids.contains($0.id) }
        for candidate in chosen.reversed() {
            let others = chosen.filter { $0.id != candidate.id }
            if others.reduce(missing, { $0.subtracting($1.resources) }).isCovered { chosen = others }
        }
        return Victims(ids: chosen.map(\.id), cost: chosen.reduce(Victims.Cost()) { $0 + $1.cost })
    }
}

// MARK: Who gives way
extension Scheduler {
    /// Has others give way to a session that does not fit, if those are of lower priority and can resume, and if the room that
    /// they leave is enough. Nobody is asked in vain.
    func makeRoom(for request: Request, in pass: inout Pass) -> Bool {
        var best: (node: String, victims: Victims)?
        for ledger in ledgers where ledger.couldEverFit(request.resources) {
            if let held = pass.held, held.node == ledger.node.name, !leavesRoom(request.resources, beside: held, on: ledger, pass: pass) {
                continue
            }
            let coming = pass.coming[ledger.node.name] ?? .nothing
            let missing = request.resources.subtracting(ledger.free.adding(coming))
            // Room that is there and that nobody claims is for `choose`; here somebody must be giving way.
            guard let victims = VictimSearch.run(candidates(for: request, on: ledger.node.name, in: pass), missing: missing) else {
                continue
            }
            if let best, best.victims.cost <= victims.cost { continue }
            best = (ledger.node.name, victims)
        }
        guard let best else { return false }
        for id in best.victims.ids {
            pass.yields[id] = request.id
            if let entry = placed[id] {
                pass.coming[best.node] = (pass.coming[best.node] ?? .nothing).adding(entry.request.resources)
            }
        }
        pass.coming[best.node] = (pass.coming[best.node] ?? .nothing).subtracting(request.resources)
        pass.claims.append(Claim(id: request.id, node: best.node, resources: request.resources))
        return true
    }

    private func candidates(for request: Request, on node: String, in pass: Pass) -> [Victims.Candidate] {
        pass.pushable[node, default: []].compactMap { entry in
            let victim = entry.request
            guard victim.priority < request.priority, pass.yields[victim.id] == nil else { return nil }
            let isAsked = entry.yieldsTo != nil
            return Victims.Candidate(
                id: victim.id, resources: victim.resources,
                cost: Victims.Cost(
                    lost: isAsked ? 0 : entry.loss(now: pass.now), newcomers: isAsked ? 0 : 1, count: 1,
                    foreign: isAsked && entry.yieldsTo != request.id ? 1 : 0, priorities: max(0, victim.priority + 1_000)))
        }
    }
}

extension Placed {
    /// Whether it can resume, may be pushed out, and has had its respite since it was the last time.
    func mayBePushed(now: Date) -> Bool {
        guard request.savedAt != nil, !request.isProtected else { return false }
        return !request.hasBegun || now.timeIntervalSince(startedAt) >= Scheduler.respite
    }

    /// Device-seconds since the last checkpoint, or since the start if that is later.
    func loss(now: Date) -> Int {
        let since = max(request.savedAt ?? .distantPast, startedAt)
        return Int((max(0, now.timeIntervalSince(since)) * FairShare.devices(of: request.resources)).rounded())
    }
}

extension Resources {
    static let nothing = Resources(gpus: 0, cpus: 0, memoryBytes: 0, sharedMemoryBytes: 0)

    func subtracting(_ other: Resources) -> Resources {
        Resources(
            gpus: gpus - other.gpus, cpus: cpus - other.cpus, memoryBytes: memoryBytes - other.memoryBytes,
            sharedMemoryBytes: sharedMemoryBytes - other.sharedMemoryBytes)
    }

    /// Whether nothing is missing of it.
    var isCovered: Bool { gpus <= 0 && cpus <= 0 && memoryBytes <= 0 }

    func fits(in room: Resources) -> Bool { subtracting(room).isCovered }
}
