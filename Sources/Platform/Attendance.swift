import Synchronization

/// Who is still there: interactive sessions live as long as somebody follows them. In memory only; a restarted server gives
/// everybody the time to come back.
package final class Attendance: Sendable {
    private struct State {
        var seen: [Int64: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Its owner follows the session now.
    package func seen(_ session: Int64, at now: ContinuousClock.Instant = .now) {
        state.withLock { $0.seen[session] = now }
    }

    /// Those of `sessions` that nobody has followed for so long, counted from when they were first asked for here. What is
    /// known of others is forgotten.
    package func left(_ sessions: [Int64], after seconds: Double, now: ContinuousClock.Instant = .now) -> [Int64] {
        state.withLock { state in
            state.seen = Dictionary(uniqueKeysWithValues: sessions.map { ($0, state.seen[$0] ?? now) })
            return sessions.filter { id in state.seen[id].map { now - $0 > .seconds(seconds) } ?? false }
        }
    }
}
