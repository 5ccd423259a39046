package import API

/// About users and their tokens.
extension APIClient {
    package func users(after: String? = nil) async throws -> Page<UserRecord> {
        try await call(Endpoints.listUsers, query: query(("after", after)))
    }

    @discardableResult
    package func addUser(_ user: NewUser) async throws -> UserRecord { try await call(Endpoints.addUser, body: user) }

    /// With what the user may have, and has.
    package func user(_ name: UserName) async throws -> UserRecord { try await call(Endpoints.getUser, ["user": name.rawValue]) }

    package func changeUser(_ name: UserName, _ change: QuotaChange) async throws -> UserRecord {
        try await call(Endpoints.changeUser, ["user": name.rawValue], body: change)
    }

    package func removeUser(_ user: UserName) async throws {
        _ = try await call(Endpoints.removeUser, ["user": user.rawValue], as: Done.self)
    }

    package func tokens(of user: UserName, after: String? = nil) async throws -> Page<TokenRecord> {
        try await call(Endpoints.listTokens, ["user": user.rawValue], query: query(("after", after)))
    }

    /// The answer is the only one that has the token's secret.
    package func addToken(for user: UserName, _ token: NewToken) async throws -> IssuedToken {
        try await call(Endpoints.addToken, ["user": user.rawValue], body: token)
    }

    package func removeToken(_ id: Int64, of user: UserName) async throws {
        _ = try await call(Endpoints.removeToken, ["user": user.rawValue, "token": "\(id)"], as: Done.self)
    }
}
