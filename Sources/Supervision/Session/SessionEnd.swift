import API

/// How a session ended, as the server is told: a pure function of what is known.
struct SessionEnd: Sendable, Equatable {
    var state: SessionState
    var exit: ProcessExit?
    var reason: String?
    /// What is told of the submission that the session worked on.
    var submission: SubmissionReport?
    /// Whether neither the code nor what it asked for is to blame.
    var isPlatformFault = false
    /// Nobody knows how the process ended.
    var isLost = false

    init(state: SessionState, exit: ProcessExit? = nil, reason: String? = nil, isPlatformFault: Bool = false) {
        self.state = state
        self.exit = exit
        self.reason = reason
        self.isPlatformFault = isPlatformFault
    }

    /// - `stop`: what was asked for before the process ended.
    /// - `step`: the step of the last report.
    /// - `outputTail`: the end of what the process printed.
    init(exit record: ExitRecord, stop: ShippedRecord.Stop?, plan: SessionPlan, step: Int64?, outputTail: String) {
        exit = record.processExit
        if let failure = record.startFailure {
            (state, reason, isPlatformFault) = (.failed, failure, true)
        } else if let stop, stop.yield == nil || stop.isTold == true {
            (state, reason) = (stop.outcome, stop.reason)
            // A stop that had to kill says so; one that was obeyed needs no words.
            if stop.outcome == .stopped, record.signal == 9, !record.outOfMemory {
                reason = "killed: it did not end within \(Self.number(stop.graceSeconds)) s of being asked to"
            }
        } else if let exit {
            reason =
                ExitReason(
                    exit: exit, memoryLimitBytes: plan.resources.memoryBytes, network: plan.network, step: step, outputTail: outputTail
                ).sentence
            state = reason == nil ? .finished : .failed
        } else {
            state = .failed
        }
    }

    private static func number(_ seconds: Double) -> String { seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)" }
}
