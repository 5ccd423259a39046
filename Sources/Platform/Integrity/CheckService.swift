package import API
import Foundation
import Synchronization

/// The check of a running platform: one at a time, in the background, watched and ended by whoever asks.
package final class CheckService: Sendable {
    private struct State {
        var record: CheckRecord?
        var task: Task<Void, Never>?
        /// Counts the changes of the record, for those who wait for one.
        var version = 0
    }

    private let check: PlatformCheck
    private let state = Mutex(State())

    package init(check: PlatformCheck) { self.check = check }

    /// Begins a check; `wrong_state` while one runs.
    package func start(_ request: CheckRequest) throws -> CheckRecord {
        let request = try request.validated()
        return try state.withLock { state in
            guard state.record?.state != .running else {
                throw Failure(.wrongState, "a check runs already", hint: "wait for it, or end it with DELETE /v1/check")
            }
            let record = CheckRecord(startedAt: Date(), readPercent: request.readPercent)
            state.record = record
            state.version += 1
            state.task = Task { await run(request) }
            return record
        }
    }

    /// The check that runs or ran last. With a wait, answers as soon as it is over, or has moved on, or the wait is over.
    package func get(waitSeconds: Double) async throws -> CheckRecord {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(Int64(waitSeconds * 1000))
        let first = try current()
        while first.record.state == .running, clock.now < end {
            try await Task.sleep(for: .milliseconds(100))
            let now = try current()
            if now.version != first.version { return now.record }
        }
        return try current().record
    }

    /// Ends the check that runs; none is no error.
    package func cancel() throws -> CheckRecord {
        state.withLock { $0.task }?.cancel()
        return try current().record
    }

    private func current() throws -> (record: CheckRecord, version: Int) {
        try state.withLock { state in
            guard let record = state.record else {
                throw Failure(.notFound, "no check has run since the platform was started", hint: "'nsml check' runs one")
            }
            return (record, state.version)
        }
    }

    private func run(_ request: CheckRequest) async {
        do {
            set(try await check.run(request) { self.set($0) })
        } catch is CancellationError {
            end(.cancelled, reason: nil)
        } catch {
            // A failure is for people; anything else is a mistake of ours, said as well as it can be.
            end(.failed, reason: (error as? Failure)?.description ?? "\(error)")
        }
    }

    private func set(_ record: CheckRecord) {
        state.withLock { state in
            state.record = record
            state.version += 1
        }
    }

    private func end(_ outcome: CheckRecord.State, reason: String?) {
        state.withLock { state in
            state.record?.state = outcome
            state.record?.reason = reason
            state.record?.finishedAt = Date()
            state.version += 1
        }
    }
}
