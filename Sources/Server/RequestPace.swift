/// How slow a connection is, and when it is too slow: told what happens on it, it says whether to go on. Only the time counts in
/// which we wanted to read and nothing came; a client is never late because we are. Times are in seconds of any clock that does not jump.
struct RequestPace {
    private enum Reading: Equatable {
        /// Between two requests.
        case idle
        case head
        case body
    }

    private let limits: ConnectionLimits
    private var reading = Reading.idle
    /// Since when we want to read; nil while we do not.
    private var wantedSince: Double?
    /// How long we waited for this head or body before that.
    private var waited = 0.0
    private var bodyBytes = 0
    /// Requests whose answer is not over.
    private var unanswered = 0
    /// Since when the answer to a request is over whose body is not; or since when we have said that we are done.
    private var lingersSince: Double?
    /// Since when what is to be sent has not become less, and how much it was.
    private var unread: (since: Double, bytes: Int)?

    init(_ limits: ConnectionLimits) { self.limits = limits }

    mutating func wantsToRead(at now: Double) {
        if wantedSince == nil { wantedSince = now }
    }

    /// Bytes came from the network.
    mutating func received(_ bytes: Int, at now: Double) {
        if let since = wantedSince { waited += now - since }
        wantedSince = nil
        switch reading {
        case .idle: (reading, waited) = (.head, 0)
        case .head: break
        case .body: bodyBytes += bytes
        }
    }

    /// The head of a request is complete.
    mutating func headIsComplete() {
        unanswered += 1
        (reading, waited, bodyBytes) = (.body, 0, 0)
    }

    /// A request is complete.
    mutating func bodyIsComplete() {
        (reading, waited) = (.idle, 0)
        lingersSince = nil
    }

    /// The answer to the oldest request is complete.
    mutating func isAnswered(at now: Double) {
        unanswered -= 1
        if unanswered == 0, reading == .body { lingersSince = now }
    }

    /// We shall send nothing more.
    mutating func isDone(at now: Double) { lingersSince = now }

    /// So many bytes wait for being sent.
    mutating func toBeSent(_ bytes: Int, at now: Double) {
        guard bytes > 0 else { return unread = nil }
        if let unread, bytes >= unread.bytes { return }
        unread = (now, bytes)
    }

    /// Why the connection must end now; nil: it may go on.
    func verdict(at now: Double) -> String? {
        if let lingersSince, now - lingersSince > limits.lingerSeconds { return "it goes on after its answer" }
        if let unread, now - unread.since > limits.unreadSeconds { return "it does not read its answer" }
        let waited = waited + (wantedSince.map { now - $0 } ?? 0)
        switch reading {
        case .idle: return nil
        case .head: return waited > limits.headSeconds ? "its request's head is too slow" : nil
        case .body:
            let allowed = limits.bodySeconds + Double(bodyBytes) / limits.bodyBytesPerSecond
            return waited > allowed ? "its request's body is too slow" : nil
        }
    }
}
