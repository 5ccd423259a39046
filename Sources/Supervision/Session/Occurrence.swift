import Synchronization

/// Something that happens once, and that any number of tasks may wait for.
final class Occurrence: Sendable {
    private struct State {
        var hasHappened = false
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    var hasHappened: Bool { state.withLock { $0.hasHappened } }

    func happen() {
        let waiting = state.withLock { state in
            state.hasHappened = true
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach { $0.finish() }
    }

    /// Returns when it has happened; throws when the task is cancelled first.
    func wait() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isDone = state.withLock { state in
            if !state.hasHappened { state.waiting.append(continuation) }
            return state.hasHappened
        }
        if isDone { return }
        for await _ in stream {}
        try Task.checkCancellation()
    }

    /// What `work` makes; nil when this happens first, which cancels the work.
    func unlessItHappens<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await self.wait()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
