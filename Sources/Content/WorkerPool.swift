import Dispatch
import Synchronization

/// Runs work that blocks (disk, hashing) on a few threads of its own, so that the cooperative pool stays free.
///
/// What is submitted waits in line; the callers bound the line, because each of them waits for its answer.
package final class WorkerPool: Sendable {
    private struct State {
        var active = 0
        var waiting: [@Sendable () -> Void] = []
    }

    package let width: Int
    private let queue: DispatchQueue
    private let state = Mutex(State())

    /// `width` is how much may run at once; two jobs a core keep the disk busy while others hash.
    package init(label: String, width: Int = WorkerPool.standardWidth) {
        self.width = width
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    package static let standardWidth = min(16, max(4, Int(cores())))

    /// Runs `body` on a worker. Cancelling the caller does not interrupt it.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Result(catching: body)) }
        }
    }

    private func submit(_ job: @escaping @Sendable () -> Void) {
        let mayStart = state.withLock { state in
            guard state.active < width else {
                state.waiting.append(job)
                return false
            }
            state.active += 1
            return true
        }
        guard mayStart else { return }
        queue.async { [self] in work(from: job) }
    }

    private func work(from first: @Sendable () -> Void) {
        first()
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.active -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
