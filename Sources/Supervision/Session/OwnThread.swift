import Foundation

/// Runs `body`, which blocks, on a thread of its own, so that the shared pool, which has a thread for each CPU only, stays
/// free. Cancellation does not reach it.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
