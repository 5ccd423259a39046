package import API
package import Foundation

/// Where supervisors are started. What a supervisor needs lies in the session's directory before it is called.
package protocol Executor: Sendable {
    /// Starts a supervisor for the session in `directory`, not as a child of this process. A supervisor that finds
    /// another one at work ends at once, so starting one too many does no harm.
    func startSupervisor(in directory: URL) throws

    /// Whether a supervisor works on the session in `directory`.
    func isSupervised(_ directory: URL) -> Bool

    /// Whether the session's own process runs, supervised or not.
    func isRunning(_ directory: URL) -> Bool

    /// Ends for good whatever is left of the session in `directory`, unless a supervisor works on it. True when it is proved that nothing
    /// of it runs, false when it is to be tried again; takes some seconds at most. A directory that is not there has nothing running.
    func end(in directory: URL) async throws -> Bool

    /// Removes from the node what sessions shared and left and nobody needs. What a session uses or is about to use stays.
    ///
    /// - Parameters:
    ///   - live: the manifests of all that there is.
    ///   - active: the numbers of sessions that may have something running.
    func sweep(_ directory: DataDirectory, live: Set<Digest>, active: Set<Int64>) async throws
}
