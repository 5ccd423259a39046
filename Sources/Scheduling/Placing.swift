import API
import Foundation

extension Scheduler {
    /// A session's wish, as far as it decides whether there can be room for it.
    private struct Wish: Hashable {
        var resources: Resources
        var priority: Int
    }

    /// Goes through the queue once, in the order of rank.
    mutating func place(now: Date) -> [Decision] {
        guard !waiting.isEmpty || !claims.isEmpty || placed.values.contains(where: { $0.yieldsTo != nil }) else { return [] }
        var decisions: [Decision] = []
        var left: Set<Int64> = []
        // Within one pass resources only shrink and conditions only tighten: what did not fit for one does not fit for the next.
        var hopeless: Set<Resources> = []
        var unaided: Set<Wish> = []
        var pass = Pass(self, now: now)
        let lowest = pass.pushable.values.joined().map(\.request.priority).min()
        // Room that is being made for an owner's sessions counts as theirs.
        var promised: [UserName: Holding] = [:]
        for request in Ranking(self, now: now).order {
            guard isWithinLimit(request, promised: promised[request.owner] ?? Holding()) else {
                left.insert(request.id)
                continue
            }
            if !hopeless.contains(request.resources), let index = choose(for: request.resources, in: pass) {
                let ledger = ledgers[index]
                let placement = Placement(node: ledger.node.name, devices: ledger.devices(request.resources.gpus))
                if pass.held?.node == placement.node { pass.held?.admitted[request.id] = request.resources }
                occupy(request, placement, startedAt: now, now: now)
                lastStart[Line(owner: request.owner, priority: request.priority)] = now
                decisions.append(.start(request.id, placement))
                continue
            }
            hopeless.insert(request.resources)
            left.insert(request.id)
            let wish = Wish(resources: request.resources, priority: request.priority)
            if let lowest, lowest < request.priority || !pass.claims.isEmpty, !unaided.contains(wish) {
                if makeRoom(for: request, in: &pass) {
                    promised[request.owner, default: Holding()].add(request.resources)
                    continue
                }
                unaided.insert(wish)
            }
            if pass.held == nil, let held = hold(for: request, now: now) { pass.held = held }
        }
        waiting.removeAll { !left.contains($0.id) }
        reservation = pass.held
        claims = pass.claims
        return decisions + giveWay(pass.yields)
    }

    /// Notes who gives way to whom, and says what is new of it.
    private mutating func giveWay(_ yields: [Int64: Int64]) -> [Decision] {
        let concerned = placed.values.filter { $0.yieldsTo != yields[$0.request.id] }.map(\.request.id).sorted()
        return concerned.map { id in
            placed[id]?.yieldsTo = yields[id]
            return yields[id].map { .yield(id, to: $0) } ?? .keep(id)
        }
    }

    /// The best node that has room now, seen from a session that must respect what is promised to others.
    private func choose(for resources: Resources, in pass: Pass) -> Int? {
        var best: Int?
        for index in ledgers.indices where pass.mayTake(resources, from: ledgers[index]) {
            if let held = pass.held, held.node == ledgers[index].node.name,
                !leavesRoom(resources, beside: held, on: ledgers[index], pass: pass)
            {
                continue
            }
            if let known = best, !ledgers[index].isTighter(than: ledgers[known]) { continue }
            best = index
        }
        return best
    }

    /// Whether the holder still fits once all have ended that were there before it.
    func leavesRoom(_ resources: Resources, beside held: Reservation, on ledger: NodeLedger, pass: Pass) -> Bool {
        guard let holder = waiting.first(where: { $0.id == held.id }) else { return true }
        let admitted = held.admitted.values.reduce(holder.resources.adding(resources)) { $0.adding($1) }
        // Those of higher rank than the holder are not bound by it; claims made since are by sessions behind it.
        let claimed = pass.claims.dropFirst(pass.claimsBeforeHolder).filter { $0.node == ledger.node.name }
        return ledger.couldEverFit(claimed.reduce(admitted) { $0.adding($1.resources) })
    }

    /// The reservation of a session that does not fit now: the one it has, or a new one once it has waited long enough.
    private func hold(for request: Request, now: Date) -> Reservation? {
        let couldFit = ledgers.filter { $0.couldEverFit(request.resources) }
        if let reservation, reservation.id == request.id, couldFit.contains(where: { $0.node.name == reservation.node }) {
            return reservation
        }
        guard now.timeIntervalSince(request.waitingSince) >= Self.patience || reservation?.id == request.id else { return nil }
        let nearest = couldFit.min { $0.missing(for: request.resources) < $1.missing(for: request.resources) }
        return nearest.map { Reservation(id: request.id, node: $0.node.name, since: now) }
    }
}
