package import API
package import Foundation

/// The server as one session's supervisor needs it. Every call says what the server said, or throws a `Failure`; none
/// tries again by itself.
package protocol ServerConnection: Sendable {
    /// Brings a piece of a stream. Answers how far the server has the stream, durably; throws `offset_gap` with that offset
    /// when the piece begins beyond it.
    func putStream(_ stream: SessionStream, offset: Int64, epoch: Int, bytes: [UInt8]) async throws -> Int64

    func report(_ progress: SessionProgress) async throws

    /// The commands after the one numbered `after`; waits for some up to `waitSeconds`.
    func commands(after: Int64, epoch: Int, waitSeconds: Double) async throws -> [SupervisorCommand]

    func answer(_ command: Int64, with answer: InferenceAnswer) async throws

    /// Brings all files of a directory, and the manifest of it, to the server. Nobody writes in the directory meanwhile.
    func pushTree(_ directory: URL) async throws -> Digest

    func addCheckpoint(_ checkpoint: NewCheckpoint) async throws

    /// Lays out a checkpoint of any session that this one may read in `directory`, which does not exist yet.
    func fetchCheckpoint(_ reference: CheckpointReference, into directory: URL) async throws

    /// What was typed into a shell from `offset` on, or that its window is not as `known` any more; waits for it up to `waitSeconds`.
    func shellInput(_ shell: Int64, offset: Int64, known: WindowSize?, waitSeconds: Double) async throws -> ShellInput

    /// Brings what a shell prints; waits up to `waitSeconds` for room, and answers up to where it was taken.
    func printInShell(_ shell: Int64, _ output: ShellOutput, waitSeconds: Double) async throws -> ShellOffsets
}

/// The size of a terminal's window, in characters.
package struct WindowSize: Sendable, Hashable {
    package var rows: Int
    package var columns: Int

    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}
