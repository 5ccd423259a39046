/// When the supervisor of one session is started again, and when that is given up: a machine that is short of memory for a minute must not
/// cost a training, nor may supervisors that die once a day add up.
struct SupervisorRestarts: Sendable {
    enum Decision: Equatable, Sendable {
        case start, wait
        /// So many ended one after the other that another would not do better.
        case giveUp
    }

    static let maximumCount = 10
    /// A supervisor that has worked for so long has shown that it can.
    private static let provenAfter: Duration = .seconds(300)
    private static let longestPause: Duration = .seconds(60)

    private var count = 0
    private var pausedUntil: ContinuousClock.Instant?
    private var supervisedSince: ContinuousClock.Instant?

    /// One is at work.
    mutating func supervised(at now: ContinuousClock.Instant) {
        let since = supervisedSince ?? now
        supervisedSince = since
        if now - since >= Self.provenAfter { (count, pausedUntil) = (0, nil) }
    }

    /// None is. Pauses double from one second to a minute: ten starts take four minutes.
    mutating func unsupervised(at now: ContinuousClock.Instant) -> Decision {
        supervisedSince = nil
        if let pausedUntil, now < pausedUntil { return .wait }
        guard count < Self.maximumCount else { return .giveUp }
        pausedUntil = now + min(.seconds(1 << min(count, 6)), Self.longestPause)
        count += 1
        return .start
    }
}
