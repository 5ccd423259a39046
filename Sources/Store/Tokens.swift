package import API
package import Foundation
import GRDB

extension Transaction {
    private static func token(_ columns: inout Columns) throws -> TokenRecord {
        TokenRecord(
            id: columns.integer(), label: columns.text(), createdAt: columns.date(), expiresAt: columns.optionalDate(),
            lastUsedAt: columns.optionalDate(), scopes: try scopes(columns.optionalText()))
    }

    private static func scopes(_ text: String?) throws -> [TokenScope]? {
        try text.map { try columnDecoder.decode([TokenScope].self, from: Data($0.utf8)) }
    }

    /// Keeps a token's hash; the token itself is never kept. With a session it is that session's own and goes with it.
    @discardableResult
    package func insertToken(
        user: UserName, session: SessionName? = nil, label: String, hash: Digest, createdAt: Date, expiresAt: Date? = nil,
        scopes: [TokenScope]? = nil
    ) throws -> TokenRecord {
        guard try self.user(user) != nil else { throw Failure.noSuch("user", user, hint: "'nsml user ls' lists them") }
        let id = try session.map { try sessionId($0) }
        try execute(
            "INSERT INTO token (user, session, label, hash, createdAt, expiresAt, scopes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                user.rawValue, id, label, hash.column, createdAt.milliseconds, expiresAt?.milliseconds,
                try scopes.map { try jsonColumn($0) },
            ])
        return TokenRecord(id: database.lastInsertedRowID, label: label, createdAt: createdAt, expiresAt: expiresAt, scopes: scopes)
    }

    /// A session's token is good for so long after its end, in seconds: the last word may have to be said again.
    private static let afterEnd = 3_600.0

    /// Whose token has this hash; nil when nobody's, or when it has expired by `now`.
    package func identity(tokenHash: Digest, now: Date) throws -> Identity? {
        try first(
            """
            SELECT user.name, user.role, token.scopes, session.user, session.dataset, session.number
            FROM token JOIN user ON user.name = token.user LEFT JOIN session ON session.id = token.session
            WHERE token.hash = ? AND (token.expiresAt IS NULL OR token.expiresAt > ?)
                AND (session.finishedAt IS NULL OR session.finishedAt > ?)
            """, [tokenHash.column, now.milliseconds, now.addingTimeInterval(-Self.afterEnd).milliseconds]
        ) { columns in
            var identity = Identity(user: columns.user(), role: try columns.word())
            identity.scopes = try Self.scopes(columns.optionalText())
            if let user = columns.optionalText() {
                identity.session = SessionName(user: UserName(unchecked: user), dataset: columns.dataset(), number: columns.int())
            }
            return identity
        }
    }

    /// Forgets tokens that have not been good since then: each sign-in of a browser leaves one.
    package func removeTokens(expiredBefore time: Date) throws {
        try execute("DELETE FROM token WHERE expiresAt < ?", [time.milliseconds])
    }

    /// Notes when a token was used last.
    package func touchToken(_ hash: Digest, at time: Date) throws {
        try execute("UPDATE token SET lastUsedAt = ? WHERE hash = ?", [time.milliseconds, hash.column])
    }

    /// A user's own tokens, without those of the user's sessions.
    package func tokens(of user: UserName) throws -> [TokenRecord] {
        try all(
            """
            SELECT id, label, createdAt, expiresAt, lastUsedAt, scopes FROM token WHERE user = ? AND session IS NULL ORDER BY id
            """, [user.rawValue], Self.token)
    }

    /// Whether there was such a token.
    package func removeToken(of user: UserName, id: Int64) throws -> Bool {
        try execute("DELETE FROM token WHERE user = ? AND id = ? AND session IS NULL", [user.rawValue, id])
        return database.changesCount > 0
    }

    /// Removes a user's token by its hash, as its holder may.
    package func removeToken(hash: Digest) throws {
        try execute("DELETE FROM token WHERE hash = ? AND session IS NULL", [hash.column])
    }

    package func removeTokens(ofSession session: SessionName) throws {
        try execute(
            "DELETE FROM token WHERE session = (SELECT id FROM session WHERE user = ? AND dataset = ? AND number = ?)",
            [session.user.rawValue, session.dataset.rawValue, session.number])
    }
}
