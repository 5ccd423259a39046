import API
import Foundation

/// Starts supervisors, for the server's executor on this machine.
package struct SupervisorLauncher {
    /// Starts `EXECUTABLE supervise DIRECTORY` as a process of its own: nobody's child, in a session of its own, at `/`, with
    /// its output appended to `supervisor.log`. Returns when it has started. One that finds another at work ends quietly, so
    /// starting twice does no harm.
    ///
    /// Throws `local_error` when the program cannot be started.
    package static func launch(executable: String, directory: String) throws {
        var environment = ProcessInfo.processInfo.environment
        // Whatever the server was told in secret is not for sessions (rule E4).
        for name in environment.keys where name.hasPrefix("NSML_") { environment[name] = nil }
        do {
            try Detached.start(
                [executable, "supervise", directory], log: SessionFiles(directory: directory).supervisorLog, environment: environment)
        } catch {
            throw Failure(.localError, "no supervisor could be started: \(error)", hint: "is '\(executable)' still there?")
        }
    }

    /// Whether a supervisor is at work on the session.
    package static func isAlive(directory: String) -> Bool { FileLock.isHeld(SessionFiles(directory: directory).supervisorLock) }

    /// Whether the session's process is being waited for, with or without a supervisor.
    package static func isShimAlive(directory: String) -> Bool { FileLock.isHeld(SessionFiles(directory: directory).shimLock) }
}
