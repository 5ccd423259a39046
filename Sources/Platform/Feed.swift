import Foundation
import Synchronization

/// Tells waiting requests that something about a session has changed.
///
/// A waiter takes a ticket, looks at the world, and waits from that ticket on: what happens in between is not missed.
package final class Feed: Sendable {
    package struct Ticket: Sendable, Equatable {
        fileprivate let version: UInt64
    }

    private struct State {
        var versions: [Int64: UInt64] = [:]
        var waiters: [Int64: [UInt64: CheckedContinuation<Void, Never>]] = [:]
        var nextWaiter: UInt64 = 0
        var isClosed = false
    }

    /// A key that no session has: there is something to remove.
    static let removals: Int64 = 0
    /// A key that no session has: something about any session, or any dataset.
    static let everything: Int64 = .min

    private let state = Mutex(State())

    package init() {}

    package func ticket(for key: Int64) -> Ticket {
        state.withLock { Ticket(version: $0.versions[key, default: 0]) }
    }

    package func changed(_ key: Int64) { wake([key, Self.everything]) }

    /// The same for a key that is no session's: nobody who looks at all sessions is woken.
    package func told(_ key: Int64) { wake([key]) }

    private func wake(_ keys: [Int64]) {
        let waiters = state.withLock { state in
            keys.compactMap { key in
                state.versions[key, default: 0] += 1
                return state.waiters.removeValue(forKey: key)
            }
        }
        for waiter in waiters.flatMap(\.values) { waiter.resume() }
    }

    /// Forgets a key; its waiters are woken.
    package func removed(_ key: Int64) {
        changed(key)
        state.withLock { _ = $0.versions.removeValue(forKey: key) }
    }

    /// Wakes everybody and lets nobody wait any more: the server is going down.
    package func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values.flatMap(\.values) { waiter.resume() }
    }

    package var isClosed: Bool { state.withLock(\.isClosed) }

    /// Returns when the key changed after the ticket was taken, when the time is over, when the task is cancelled or when
    /// the feed is closed.
    package func wait(for key: Int64, after ticket: Ticket, seconds: Double) async {
        guard seconds > 0 else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.park(key, ticket) }
            group.addTask {
                // Cancelled as soon as the other one is done.
                try? await Task.sleep(for: .seconds(seconds))
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// What `look` finds, as soon as it finds something; nil when the time is over or the feed is closed. It looks again whenever the key
    /// has changed.
    package func first<Found>(for key: Int64, seconds: Double, _ look: () throws -> Found?) async throws -> Found? {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while true {
            let ticket = ticket(for: key)
            if let found = try look() { return found }
            let left = clock.now.duration(to: deadline) / .seconds(1)
            guard left > 0, !isClosed else { return nil }
            await wait(for: key, after: ticket, seconds: left)
            try Task.checkCancellation()
        }
    }

    private func park(_ key: Int64, _ ticket: Ticket) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !Task.isCancelled, !state.isClosed, state.versions[key, default: 0] == ticket.version else { return true }
                    state.waiters[key, default: [:]][id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters[key]?.removeValue(forKey: id) }
            waiter?.resume()
        }
    }
}
