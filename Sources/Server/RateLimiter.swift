import API
import Synchronization

/// Keeps one from using up what all need: budgets of requests for each user and session, and for each address that has no token. Whoever
/// tries tokens is slowed down: after ten wrong ones from an address within a minute, the next are not even called wrong.
final class RateLimiter: Sendable {
    /// Requests that may come at once, and how many more each second.
    struct Allowance: Sendable {
        var burst: Double
        var perSecond: Double

        static func of(_ budget: Endpoint.Budget) -> Allowance {
            switch budget {
            case .standard: Allowance(burst: 2_000, perSecond: 500)
            case .search: Allowance(burst: 100, perSecond: 20)
            case .archive: Allowance(burst: 400, perSecond: 100)
            case .compute: Allowance(burst: 400, perSecond: 200)
            }
        }

        /// For an address, for what needs no token.
        static let stranger = Allowance(burst: 200, perSecond: 50)
        /// Wrong tokens from an address: ten, and one more every six seconds.
        static let wrongTokens = Allowance(burst: 10, perSecond: 1.0 / 6)
    }

    private struct Bucket {
        var left: Double
        var at: ContinuousClock.Instant
    }

    private static let bucketLimit = 20_000

    private let buckets = Mutex<[String: Bucket]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) { self.now = now }

    /// Counts a request of somebody who is known.
    func allow(_ identity: Identity, _ budget: Endpoint.Budget) throws {
        let who = identity.session.map { "session \($0)" } ?? "user \(identity.user)"
        guard let wait = take(from: "\(budget.rawValue) \(who)", .of(budget)) else { return }
        var failure = Failure(
            .tooManyRequests, "too many requests\(budget == .standard ? "" : " of this kind (\(budget.rawValue))")",
            hint: "try again in \(Int(wait.rounded(.up))) s")
        failure.retryAfterSeconds = wait
        throw failure
    }

    /// Counts a request of somebody without a token, where none is needed.
    func allowStranger(from address: String) throws {
        guard let wait = take(from: "stranger \(address)", .stranger) else { return }
        var failure = Failure(.tooManyRequests, "too many requests from here", hint: "try again in \(Int(wait.rounded(.up))) s")
        failure.retryAfterSeconds = wait
        throw failure
    }

    /// Counts a wrong token. Throws when there have been too many; right ones are never slowed down by it.
    func failed(from address: String) throws {
        guard let wait = take(from: "wrong \(address)", .wrongTokens) else { return }
        var failure = Failure(
            .tooManyRequests, "too many wrong tokens from here", hint: "wait a minute, then log in with the right one")
        failure.retryAfterSeconds = wait
        throw failure
    }

    /// Takes one request out of a bucket; when it is empty, how many seconds until there is one again.
    private func take(from name: String, _ allowance: Allowance) -> Double? {
        let now = now()
        return buckets.withLock { buckets in
            // Bounded: under a flood from everywhere what is forgotten are full buckets first, then all.
            if buckets.count >= Self.bucketLimit {
                buckets = buckets.filter { now - $0.value.at < .seconds(60) }
                if buckets.count >= Self.bucketLimit { buckets.removeAll() }
            }
            let bucket = buckets[name] ?? Bucket(left: allowance.burst, at: now)
            let passed = Double((now - bucket.at) / .milliseconds(1)) / 1_000
            let left = min(allowance.burst, bucket.left + passed * allowance.perSecond)
            buckets[name] = Bucket(left: max(0, left - 1), at: now)
            if left >= 1 { return nil }
            buckets[name]?.left = left
            return (1 - left) / allowance.perSecond
        }
    }
}
