import API
import Foundation

/// A session with its place.
struct Placed: Sendable, Hashable {
    var request: Scheduler.Request
    var placement: Placement
    var startedAt: Date
    /// For whom it has been asked to give way.
    var yieldsTo: Int64?
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

// MARK: What happened
extension Scheduler {
    mutating func appear(_ node: Node) {
        ledgers.removeAll { $0.node.name == node.name }
        var ledger = NodeLedger(node: node)
        for entry in placed.values where entry.placement.node == node.name {
            ledger.occupy(entry.request.resources, devices: entry.placement.devices)
        }
        // By name, so that the order in which nodes came does not decide anything.
        ledgers.insert(ledger, at: ledgers.firstIndex { $0.node.name > node.name } ?? ledgers.endIndex)
    }

    mutating func submit(_ request: Request) {
        guard placed[request.id] == nil else { return }
        waiting.removeAll { $0.id == request.id }
        enqueue(request)
    }

    private mutating func enqueue(_ request: Request) {
        waiting.insert(request, at: waiting.firstIndex { request.ranksBefore($0) } ?? waiting.endIndex)
    }

    mutating func change(_ id: Int64, priority: Int) {
        placed[id]?.request.priority = priority
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        var request = waiting.remove(at: index)
        request.priority = priority
        enqueue(request)
    }

    mutating func requeue(_ id: Int64, now: Date) {
        guard let entry = placed[id] else { return }
        remove(id, now: now)
        var request = entry.request
        request.hasBegun = true
        request.gaveWayTo = entry.yieldsTo
        request.waitingSince = now
        enqueue(request)
    }

    mutating func remove(_ id: Int64, now: Date) {
        waiting.removeAll { $0.id == id }
        reservation?.admitted[id] = nil
        guard let entry = placed.removeValue(forKey: id) else { return }
        share.change(by: -entry.request.shareDevices, of: entry.request.owner, now: now)
        held[entry.request.owner, default: Holding()].add(entry.request.resources, times: -1)
        if let index = index(of: entry.placement.node) {
            ledgers[index].release(entry.request.resources, devices: entry.placement.devices)
        }
    }

    mutating func occupy(_ request: Request, _ placement: Placement, startedAt: Date, now: Date) {
        placed[request.id] = Placed(request: request, placement: placement, startedAt: startedAt)
        share.change(by: request.shareDevices, of: request.owner, now: now)
        held[request.owner, default: Holding()].add(request.resources)
        if let index = index(of: placement.node) {
            ledgers[index].occupy(request.resources, devices: placement.devices)
        }
    }

    private func index(of node: String) -> Int? { ledgers.firstIndex { $0.node.name == node } }
}
