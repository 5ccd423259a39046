import Content
import Foundation
import Glibc

/// Ends for good what is left of a session that no supervisor works on, in the place of a supervisor: for the server, which may
/// give away what the session held only when nothing of it runs any more.
package enum SessionEnding {
    /// One attempt takes no longer; another follows.
    private static let limit = Duration.seconds(2)

    /// True when it is proved that nothing of the session in `directory` runs. False while a supervisor works on it, or when something
    /// does not end. With the mark of a removal in the directory nothing starts there afterwards either.
    package static func end(directory: String) async throws -> Bool {
        try await onOwnThread { try end(SessionFiles(directory: directory)) }
    }

    private static func end(_ files: SessionFiles) throws -> Bool {
        guard access(files.directory, F_OK) == 0 else { return true }
        // Held until we are done, so that no supervisor begins beside us; it would end at once.
        guard let supervisor = try FileLock.tryAcquire(files.supervisorLock) else { return false }
        defer { withExtendedLifetime(supervisor) {} }
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            if let shim = try FileLock.tryAcquire(files.shimLock) {
                defer { withExtendedLifetime(shim) {} }
                return endLeftovers(files)
            }
            // The shim is alive: it ends when its process has.
            let isAlone = endLeftovers(files)
            usleep(5_000)
            // Unless it is stopped, or cannot write down how the process ended.
            let record = DurableFile.read(ShimRecord.self, from: files.shim)
            if isAlone, clock.now > end - limit / 2, let shim = record?.shim, shim.isAlive { kill(shim.processId, SIGKILL) }
        }
        return false
    }

    /// Whether nobody is left.
    private static func endLeftovers(_ files: SessionFiles) -> Bool {
        // Nothing was ever started.
        guard let launch = DurableFile.read(LaunchRecord.self, from: files.launch) else { return true }
        let record = DurableFile.read(ShimRecord.self, from: files.shim)
        // What an earlier boot has started is gone, and its numbers are others' now.
        let process = record?.process.flatMap { $0.bootId == ProcessIdentity.currentBootId ? $0 : nil }
        guard Leftovers(launch: launch, process: process, files: files).kill(limit: limit / 4) else { return false }
        launch.groups?.remove()
        return true
    }
}
