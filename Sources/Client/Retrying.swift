import API

/// When a transfer is tried again, and after how long.
struct Retrying: Sendable {
    /// How often without any progress in between.
    var attempts = 8
    var firstPause: Duration = .milliseconds(250)
    var longestPause: Duration = .seconds(15)

    /// Whether waiting may help.
    static func isTransient(_ error: any Error) -> Bool {
        guard let failure = error as? Failure else { return false }
        return [.serverUnreachable, .timeout, .unavailable, .tooManyRequests].contains(failure.code)
    }

    /// The pause after failure number `count`, from 1; nil to give up. `chance` is from 0 to 1: clients that failed together
    /// come back apart.
    func pause(afterFailure count: Int, chance: Double) -> Duration? {
        guard count < attempts else { return nil }
        let doubled = firstPause * (1 << min(count - 1, 20))
        return min(doubled, longestPause) * (0.5 + chance / 2)
    }

    /// Runs `body` until it succeeds, fails for good or has failed too often. `body` calls its argument whenever it has got on.
    func run<Value>(_ body: (_ gotOn: () -> Void) async throws -> Value) async throws -> Value {
        var failures = 0
        while true {
            do { return try await body { failures = 0 } } catch {
                failures += 1
                guard Self.isTransient(error), let pause = pause(afterFailure: failures, chance: .random(in: 0...1)) else { throw error }
                // No sooner than the server has asked for, if it has.
                let asked = min((error as? Failure)?.retryAfterSeconds ?? 0, 60)
                try await Task.sleep(for: max(pause, .seconds(asked)))
            }
        }
    }
}
