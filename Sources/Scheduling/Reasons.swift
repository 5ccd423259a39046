package import API
package import Foundation

extension Scheduler {
    /// A waiting session with its place in the queue.
    package struct Waiting: Sendable, Hashable {
        package var id: Int64
        /// From 1, in the order in which sessions are considered.
        package var rank: Int
        /// Why it waits, as a sentence for a person.
        package var reason: String
        /// The session of higher rank that it must let pass; nil when it waits for room alone.
        package var behind: Int64?
        /// Who is giving way to it.
        package var givingWay: [Int64]
        /// For whom it gave way.
        package var gaveWayTo: Int64?

        package init(
            id: Int64, rank: Int, reason: String, behind: Int64? = nil, givingWay: [Int64] = [], gaveWayTo: Int64? = nil
        ) {
            self.id = id
            self.rank = rank
            self.reason = reason
            self.behind = behind
            self.givingWay = givingWay
            self.gaveWayTo = gaveWayTo
        }
    }

    /// Who waits, in the order of rank, and why. Sessions are named by their ids alone: who may read their names is not known here.
    package func queue(now: Date) -> [Waiting] {
        let ranking = Ranking(self, now: now)
        let holder = reservation.flatMap { held in ranking.order.firstIndex { $0.id == held.id } }
        return ranking.order.enumerated().map { index, request in
            var entry = explain(request, rank: index + 1, isBehindHolder: holder.map { index > $0 } ?? false, now: now)
            entry.givingWay = yielding(to: request.id)
            entry.gaveWayTo = request.gaveWayTo
            if limitReason(request) == nil, let shares = ranking.shares(at: index) { entry.reason += "; \(sentence(shares))" }
            return entry
        }
    }

    private func sentence(_ shares: Ranking.Shares) -> String {
        if shares.isOverdue { return "\(shares.first)'s turn comes first, for whom nothing has started for a day" }
        let (first, own) = (Figures.deviceHours(shares.firstUsed), Figures.deviceHours(shares.used))
        guard first != own else { return "\(shares.first)'s turn comes first, whose sessions hold fewer devices now" }
        return "\(shares.first)'s turn comes first, with \(first) device-hours of late against \(own)"
    }

    /// nil if it could run on some node were it idle; else a sentence with the figures.
    package func whyNever(_ resources: Resources) -> String? {
        guard !ledgers.isEmpty else { return "there is no node to run on" }
        guard !ledgers.contains(where: { $0.couldEverFit(resources) }) else { return nil }
        let whole = ledgers.count == 1 ? "node \(ledgers[0].node.name) has" : "no node has more than"
        let devices = ledgers.map(\.node.devices.count).max() ?? 0
        let cpus = ledgers.map(\.node.cpus).max() ?? 0
        let memory = ledgers.map(\.node.memoryBytes).max() ?? 0
        var asked: [String] = []
        var present: [String] = []
        if resources.gpus > devices {
            asked.append(Figures.gpus(resources.gpus))
            present.append(devices == 0 ? "no GPU" : Figures.gpus(devices))
        }
        if resources.cpus > cpus {
            asked.append(Figures.cpus(resources.cpus))
            present.append(Figures.cpus(cpus))
        }
        if resources.memoryBytes > memory {
            asked.append("\(Figures.gigabytes(resources.memoryBytes)) GB of memory")
            present.append("\(Figures.gigabytes(memory)) GB of memory")
        }
        guard !asked.isEmpty else { return "no single node has all of \(Figures.sentence(resources))" }
        if present == ["no GPU"] { return "it asks for \(asked[0]), and there is no GPU" }
        return "it asks for \(Figures.list(asked)), and \(whole) \(Figures.list(present))"
    }

    private func explain(_ request: Request, rank: Int, isBehindHolder: Bool, now: Date) -> Waiting {
        let resources = request.resources
        if let never = whyNever(resources) ?? whyNever(resources, for: request.owner) {
            return Waiting(id: request.id, rank: rank, reason: "cannot run here: \(never)")
        }
        if let reason = limitReason(request) { return Waiting(id: request.id, rank: rank, reason: reason) }
        if isBehindHolder, let reservation, let ledger = ledgers.first(where: { $0.node.name == reservation.node }),
            ledger.fits(resources)
        {
            let minutes = max(0, Int(now.timeIntervalSince(reservation.since) / 60))
            let since = minutes == 0 ? "less than a minute" : minutes == 1 ? "1 minute" : "\(minutes) minutes"
            return Waiting(
                id: request.id, rank: rank,
                reason: "lets a larger session ahead of it pass, for which node \(ledger.node.name) is kept since \(since)",
                behind: reservation.id)
        }
        if let claim = claimInTheWay(of: request) {
            return Waiting(
                id: request.id, rank: rank, reason: "what is free on node \(claim.node) is kept for a session of higher rank",
                behind: claim.id)
        }
        let candidates = ledgers.filter { $0.couldEverFit(resources) }
        let nearest = candidates.min { $0.missing(for: resources) < $1.missing(for: resources) }
        let reason = nearest.map { shortage(of: resources, on: $0, isOneOfMany: candidates.count > 1) } ?? "waits for its turn"
        return Waiting(id: request.id, rank: rank, reason: reason)
    }

    /// The first session for which room is being made where this one would fit.
    private func claimInTheWay(of request: Request) -> Claim? {
        claims.first { claim in
            claim.id != request.id && ledgers.contains { $0.node.name == claim.node && $0.fits(request.resources) }
        }
    }

    private func shortage(of resources: Resources, on ledger: NodeLedger, isOneOfMany: Bool) -> String {
        let missing = ledger.missing(for: resources)
        let node = isOneOfMany ? " on node \(ledger.node.name)" : ""
        if missing.0 > 0 {
            let total = ledger.node.devices.count
            return "waits for \(Figures.gpus(resources.gpus)): \(total - ledger.free.gpus) of \(total) in use\(node)"
        }
        if missing.1 > 0 {
            let total = ledger.node.cpus
            return "waits for \(Figures.cpus(resources.cpus)): \(total - ledger.free.cpus) of \(total) in use\(node)"
        }
        if missing.2 > 0 {
            let free = Figures.gigabytes(max(0, ledger.free.memoryBytes))
            return "waits for \(Figures.gigabytes(resources.memoryBytes)) GB of memory: \(free) free\(node)"
        }
        return "starts in a moment"
    }
}

/// Amounts as people read them.
enum Figures {
    static func gpus(_ count: Int) -> String { count == 1 ? "1 GPU" : "\(count) GPUs" }
    static func cpus(_ count: Int) -> String { count == 1 ? "1 CPU" : "\(count) CPUs" }

    /// Decimal gigabytes with one digit, rounded down: what is free must not look like more than there is.
    static func gigabytes(_ bytes: Int64) -> String {
        let tenths = bytes / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Hours with one digit.
    static func deviceHours(_ deviceSeconds: Double) -> String {
        let tenths = Int((deviceSeconds / 360).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    static func sentence(_ resources: Resources) -> String {
        var parts: [String] = []
        if resources.gpus > 0 { parts.append(gpus(resources.gpus)) }
        parts.append(cpus(resources.cpus))
        parts.append("\(gigabytes(resources.memoryBytes)) GB of memory")
        return list(parts)
    }

    static func list(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return "\(parts.dropLast().joined(separator: ", ")) and \(last)"
    }
}
