import UnixSignals

/// What Ctrl-C does while something goes on.
enum Interrupt {
    /// Runs `body`, which Ctrl-C cancels. Returns whether that is why it ended; what `body` throws then is not told.
    static func ends(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return false
            }
            group.addTask {
                for await _ in signals { return true }
                return false
            }
            let interrupted = try await group.next() ?? false
            group.cancelAll()
            return interrupted
        }
    }

    /// Runs `body` to its end whatever happens, and tells whether Ctrl-C was pressed meanwhile.
    static func waits<Result: Sendable>(
        for body: @escaping @Sendable () async throws -> Result
    ) async throws -> (result: Result, interrupted: Bool) {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        let pressed = Slot<Bool>()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { pressed.value = true }
                return nil
            }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let result = next { return (result, pressed.value == true) }
            }
            throw CancellationError()
        }
    }
}
