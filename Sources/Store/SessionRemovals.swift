import API
package import Foundation
import GRDB

/// Removing a session takes two steps: it is marked, and from then on exists for no user; when nothing of it runs or lies
/// anywhere any more, its row goes.
extension Transaction {
    /// Marks a session as being removed. Saying it twice changes nothing more.
    package func beginRemoval(id: Int64, at time: Date) throws {
        try execute("UPDATE session SET removedAt = ? WHERE id = ? AND removedAt IS NULL", [time.milliseconds, id])
    }

    /// The sessions that are being removed, oldest first.
    package func sessionsBeingRemoved() throws -> [StoredSession] {
        try all("SELECT \(StoredSession.columns) FROM session s WHERE s.removedAt IS NOT NULL ORDER BY s.id", [], StoredSession.decode)
    }

    /// The interactive sessions, over or not, that nobody removes yet.
    package func interactiveSessions() throws -> [StoredSession] {
        try all(
            "SELECT \(StoredSession.columns) FROM session s WHERE s.interactive = 1 AND s.removedAt IS NULL ORDER BY s.id", [],
            StoredSession.decode)
    }

    /// Removes a session with its events, checkpoints and tokens. Its number is not given again. Series and files are the caller's.
    package func removeSession(id: Int64) throws {
        try execute("DELETE FROM session WHERE id = ?", [id])
    }

    /// Which of these ids are no session's.
    package func unknownSessions(among ids: [Int64]) throws -> [Int64] {
        try ids.filter { try integer("SELECT 1 FROM session WHERE id = ?", [$0]) == nil }
    }

    /// Whether a submission that is open, or ended after `time`, is of the session of this id, whose log then stays although the session
    /// is gone.
    package func isOfSubmission(session id: Int64, since time: Date) throws -> Bool {
        try integer(
            "SELECT 1 FROM submission WHERE session = ? AND (finishedAt IS NULL OR finishedAt > ?) LIMIT 1", [id, time.milliseconds]) != nil
    }
}
