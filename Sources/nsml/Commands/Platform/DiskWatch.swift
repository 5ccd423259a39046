import Logging
import ServiceLifecycle

/// Ends the server when its disk has reported an error: what the system held for the database may be lost, and only a new start reads
/// what is on disk.
struct DiskWatch: Service {
    /// The disk has failed.
    struct Failed: Error {}

    /// Ends when it has.
    let failure: AsyncStream<Never>

    func run() async throws {
        for await _ in failure.cancelOnGracefulShutdown() {}
        guard !Task.isShuttingDownGracefully else { return }
        throw Failed()
    }
}
