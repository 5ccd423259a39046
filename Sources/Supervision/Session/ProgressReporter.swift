import API
import Foundation
import Logging
import Synchronization

/// Tells the server of the session's life, in order and until it has heard it.
final class ProgressReporter: Sendable {
    private struct State {
        var waiting: [SessionProgress] = []
        var isSending = false
        var isClosed = false
    }

    private let epoch: Int
    private let connection: any ServerConnection
    private let refusals: Refusals
    private let shipped: ShippedState
    private let log: Logger
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(epoch: Int, connection: any ServerConnection, refusals: Refusals, shipped: ShippedState, log: Logger) {
        self.epoch = epoch
        self.connection = connection
        self.refusals = refusals
        self.shipped = shipped
        self.log = log
        (signal, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes a report to be sent. While the server is away, of several changes between running and paused only the last is
    /// kept, so that what waits stays small.
    func add(
        _ newState: SessionState, exit: ProcessExit? = nil, reason: String? = nil, environment: String? = nil,
        submission: SubmissionReport? = nil, isOver: Bool? = nil, isLost: Bool? = nil, record: EnvironmentRecord? = nil
    ) {
        let report = SessionProgress(
            epoch: epoch, state: newState, at: Date(), exit: exit, reason: reason, environment: environment, submission: submission,
            isOver: isOver, isLost: isLost, record: record)
        state.withLock { Self.enqueue(report, in: &$0.waiting, first: $0.isSending ? 1 : 0) }
        continuation.yield()
    }

    /// - Parameter first: how many of the waiting ones may not be changed any more.
    static func enqueue(_ report: SessionProgress, in waiting: inout [SessionProgress], first: Int) {
        func alternates(_ report: SessionProgress) -> Bool {
            (report.state == .running || report.state == .paused) && report.isOver != true && report.reason == nil
        }
        // The first of several stays: the way from preparing to paused goes over running.
        if alternates(report), waiting.count > max(first, 1), waiting.suffix(2).allSatisfy(alternates) {
            waiting[waiting.count - 1] = report
        } else {
            waiting.append(report)
        }
    }

    /// No more is added: `run` ends when all is sent.
    func close() {
        state.withLock { $0.isClosed = true }
        continuation.yield()
    }

    /// Sends until closed. Throws only when the session is not ours any more, or on cancellation.
    func run() async throws {
        var backoff = Backoff()
        for await _ in signal {
            while let report = next() {
                do {
                    try await connection.report(report)
                    refusals.succeeded()
                } catch {
                    try refusals.check(error, log: log)
                    guard case .refused = ServerRefusal(error) else {
                        state.withLock { $0.isSending = false }
                        try await Task.sleep(for: backoff.next())
                        continue
                    }
                    // The server is further than we think; saying it again would not help.
                }
                backoff.reset()
                shipped.write { $0.reported = report.state }
                state.withLock { state in
                    state.waiting.removeFirst()
                    state.isSending = false
                }
            }
            if state.withLock({ $0.isClosed && $0.waiting.isEmpty }) { return }
        }
        try Task.checkCancellation()
    }

    private func next() -> SessionProgress? {
        state.withLock { state in
            guard let first = state.waiting.first else { return nil }
            state.isSending = true
            return first
        }
    }
}
