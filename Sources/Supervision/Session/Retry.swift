import API

/// How long to wait before the next attempt: twice as long each time up to a limit, and a random part of it, so that a
/// hundred supervisors do not come back at the same instant.
struct Backoff: Sendable {
    var first: Duration = .milliseconds(100)
    var limit: Duration = .seconds(5)
    private var attempts = 0

    init(first: Duration = .milliseconds(100), limit: Duration = .seconds(5)) {
        self.first = first
        self.limit = limit
    }

    /// - Parameter random: from 0 to 1.
    mutating func next(random: Double = .random(in: 0...1)) -> Duration {
        let doubled = first * (1 << min(attempts, 16))
        attempts += 1
        return min(doubled, limit) * (0.5 + random / 2)
    }

    mutating func reset() { attempts = 0 }
}

/// What a refusal by the server means for a supervisor.
enum ServerRefusal: Sendable, Equatable {
    /// The server is down, busy or full: the same again, for as long as it takes.
    case tryAgain
    /// This session is not ours any more: another placement has it, or it is gone.
    case superseded
    /// The server does not know us. It may have been deleted, or a server with other data answers at the address.
    case unknown
    /// What was sent is wrong, and would be wrong again.
    case refused(Failure)

    init(_ error: any Error) {
        guard let failure = error as? Failure else {
            self = .tryAgain
            return
        }
        switch failure.code {
        case .staleEpoch: self = .superseded
        case .notFound, .notLoggedIn: self = .unknown
        case .invalidName, .invalidValue, .invalidRequest, .tooLarge, .alreadyExists, .wrongState, .corruptContent, .forbidden, .cannotFit,
            .offsetGap:
            self = .refused(failure)
        default: self = .tryAgain
        }
    }
}
