package import API
import GRDB

/// Which sessions were made from which.
extension Transaction {
    /// The training that was made from a session, oldest first; sessions that only answered do not count.
    package func children(of name: SessionName, limit: Int) throws -> [StoredSession] {
        try all(
            """
            SELECT \(StoredSession.columns) FROM session s
            WHERE s.origin = ? AND s.removedAt IS NULL AND s.type IN ('normal', 'normal/fork', 'reproduce') ORDER BY s.id LIMIT ?
            """, [name.description, limit], StoredSession.decode)
    }
}
