import API
import Synchronization

/// Slows down whoever tries tokens: after ten wrong ones from an address within a minute, the next are not even called wrong.
final class RateLimiter: Sendable {
    private static let allowedFailures = 10
    private static let window: Duration = .seconds(60)
    private static let addressLimit = 10_000

    private let failures = Mutex<[String: [ContinuousClock.Instant]]>([:])

    /// Counts a wrong token. Throws when there have been too many; right ones are never slowed down.
    func failed(from address: String) throws {
        let now = ContinuousClock.now
        let count = failures.withLock { failures in
            // Bounded: under a flood from everywhere the oldest knowledge is what is lost.
            if failures.count >= Self.addressLimit { failures.removeAll() }
            failures[address, default: []].removeAll { now - $0 >= Self.window }
            if failures[address, default: []].count <= Self.allowedFailures { failures[address, default: []].append(now) }
            return failures[address, default: []].count
        }
        guard count <= Self.allowedFailures else {
            throw Failure(.tooManyRequests, "too many wrong tokens from here", hint: "wait a minute, then log in with the right one")
        }
    }
}
