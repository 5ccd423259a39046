import Dispatch
import Synchronization

/// Blocking work on several items at once.
enum Parallel {
    private struct State<Value: Sendable> {
        var next = 0
        var values: [Value?]
        var error: (any Error)?
    }

    /// Applies `body` to every item, on as many threads as there are cores, and gives the results in the items' order. The
    /// first error stops it. Blocks; call it on a worker.
    static func map<Item: Sendable, Value: Sendable>(_ items: [Item], _ body: @Sendable (Item) throws -> Value) throws -> [Value] {
        let state = Mutex(State<Value>(values: Array(repeating: nil, count: items.count)))
        DispatchQueue.concurrentPerform(iterations: min(items.count, max(2, cores()))) { _ in
            while let index = state.withLock({ nextIndex(&$0, of: items.count) }) {
                do {
                    let value = try body(items[index])
                    state.withLock { $0.values[index] = value }
                } catch {
                    state.withLock { $0.error = $0.error ?? error }
                }
            }
        }
        return try state.withLock { state in
            if let error = state.error { throw error }
            return state.values.compactMap { $0 }
        }
    }

    private static func nextIndex<Value>(_ state: inout State<Value>, of count: Int) -> Int? {
        guard state.error == nil, state.next < count else { return nil }
        defer { state.next += 1 }
        return state.next
    }
}
