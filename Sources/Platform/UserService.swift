package import API
import Foundation
import Synchronization
package import Store

/// Who asks, and by which token.
package struct Grant: Sendable {
    package let identity: Identity
    fileprivate let token: Digest

    /// Whether both came with the same token.
    package func isSame(as other: Grant) -> Bool { token == other.token }
}

/// Accounts, tokens and who is asking.
package final class UserService: Sendable {
    /// How long an identity is believed without looking again; a revocation here is seen at once all the same.
    private static let cacheSeconds: Double = 30
    private static let cacheLimit = 4096
    /// The one key of `revocations`.
    private static let anyToken: Int64 = 0

    private struct Cached {
        var identity: Identity
        var until: ContinuousClock.Instant
    }

    private struct Cache {
        var known: [Digest: Cached] = [:]
        /// Grows with each revocation: what was looked up before one is not to be believed after it.
        var revocations: UInt64 = 0
    }

    private let store: Store
    private let cache = Mutex(Cache())
    private let revocations = Feed()

    package init(store: Store) {
        self.store = store
    }

    /// Makes the first administrator on a platform that has nobody yet.
    ///
    /// - Parameter keep: writes the token's secret down, told this once, before the user exists: else a crash in between would lock
    ///   everybody out. What it wrote without a user is good for nothing, and is written anew.
    /// - Returns: false when there are users already.
    package func makeFirstAdministrator(named name: UserName, keep: (String) throws -> Void) async throws -> Bool {
        guard try await store.read({ try $0.countUsers() }) == 0 else { return false }
        let secret = Secret()
        try keep(secret.text)
        return try await store.write { transaction in
            guard try transaction.countUsers() == 0 else { return false }
            let now = Date()
            try transaction.insertUser(UserRecord(name: name, role: .admin, createdAt: now))
            _ = try transaction.insertToken(
                user: name, session: nil, label: "first", hash: secret.hash, createdAt: now, expiresAt: nil)
            try transaction.appendAudit(
                actor: "platform", action: "user add", object: name.rawValue, result: "ok", address: "local", at: now)
            return true
        }
    }

    /// Who holds this token; nil for a wrong, expired or revoked one.
    package func identity(ofToken text: String) async throws -> Identity? { try await grant(ofToken: text)?.identity }

    /// The same, for as long as the token is good.
    package func grant(ofToken text: String) async throws -> Grant? {
        guard let hash = Secret(text)?.hash, let identity = try await identity(ofHash: hash) else { return nil }
        return Grant(identity: identity, token: hash)
    }

    private func identity(ofHash hash: Digest) async throws -> Identity? {
        let now = ContinuousClock.now
        let (known, before) = cache.withLock { ($0.known[hash], $0.revocations) }
        if let known, known.until > now { return known.identity }
        guard let identity = try await store.read({ try $0.identity(tokenHash: hash, now: Date()) }) else { return nil }
        // A session's token ends with its placement, which nobody tells us: it is looked up each time.
        guard identity.session == nil else { return identity }
        cache.withLock { cache in
            guard cache.revocations == before else { return }
            if cache.known.count >= Self.cacheLimit { cache.known.removeAll() }
            cache.known[hash] = Cached(identity: identity, until: now + .seconds(Self.cacheSeconds))
        }
        do {
            try await store.write { try $0.touchToken(hash, at: Date()) }
        } catch let failure as Failure where [.unavailable, .storageFull].contains(failure.code) {
            // When it was last used is of no matter while nothing can be written: who may read still reads.
        }
        return identity
    }

    /// Runs `body`, which may take long. When the token is taken away meanwhile it is cancelled, and this throws `not_logged_in` at once.
    package func unlessRevoked<Value: Sendable>(_ grant: Grant, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value
    {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask { throw try await self.revocation(of: grant) }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// Throws `not_logged_in` when the token is good no longer.
    package func check(_ grant: Grant) async throws {
        guard try await identity(ofHash: grant.token) != nil else { throw Self.revoked }
    }

    /// Returns when the token has been taken away.
    private func revocation(of grant: Grant) async throws -> Failure {
        while true {
            let ticket = revocations.ticket(for: Self.anyToken)
            guard try await identity(ofHash: grant.token) != nil else { return Self.revoked }
            await revocations.wait(for: Self.anyToken, after: ticket, seconds: Self.cacheSeconds)
            try Task.checkCancellation()
        }
    }

    private static var revoked: Failure { .notLoggedIn("the token is not valid any more") }

    package func add(_ user: NewUser, by identity: Identity) async throws -> UserRecord {
        let record = UserRecord(name: user.name, role: user.role, createdAt: Date())
        try await store.write { transaction in
            try transaction.insertUser(record)
        }
        return record
    }

    package func remove(_ name: UserName, by identity: Identity) async throws {
        guard name != identity.user else {
            throw Failure(.invalidRequest, "you cannot remove yourself", hint: "ask another administrator")
        }
        try await store.write { transaction in
            guard try transaction.user(name) != nil else { throw Failure.noSuch("user", name) }
            try transaction.removeUser(name)
        }
        forget()
    }

    package func tokens(of name: UserName, by identity: Identity) async throws -> [TokenRecord] {
        try allow(name, identity)
        return try await store.read { transaction in
            guard try transaction.user(name) != nil else { throw Failure.noSuch("user", name) }
            return try transaction.tokens(of: name)
        }
    }

    package func addToken(_ token: NewToken, of name: UserName, by identity: Identity) async throws -> IssuedToken {
        try allow(name, identity)
        guard token.label.unicodeScalars.count <= 100 else {
            throw Failure.invalidValue("label", token.label, expected: "at most 100 characters")
        }
        guard token.validSeconds.map({ $0 > 0 && $0 <= 3_153_600_000 }) ?? true else {
            throw Failure.invalidValue("validSeconds", "\(token.validSeconds ?? 0)", expected: "1 to 3153600000")
        }
        if let scopes = token.scopes, scopes.isEmpty || Set(scopes).count != scopes.count {
            throw Failure.invalidValue(
                "scopes", scopes.map(\.rawValue).joined(separator: ","), expected: "some of read, run, serve and admin, each once")
        }
        let secret = Secret()
        let record = try await store.write { transaction in
            guard try transaction.user(name) != nil else { throw Failure.noSuch("user", name) }
            let now = Date()
            return try transaction.insertToken(
                user: name, session: nil, label: token.label, hash: secret.hash, createdAt: now,
                expiresAt: token.validSeconds.map { now.addingTimeInterval(Double($0)) }, scopes: token.scopes)
        }
        return IssuedToken(user: name, secret: secret.text, record: record)
    }

    package func removeToken(_ id: Int64, of name: UserName, by identity: Identity) async throws {
        try allow(name, identity)
        try await store.write { transaction in
            guard try transaction.removeToken(of: name, id: id) else {
                throw Failure.noSuch("token", "\(id)", hint: "'nsml user token ls \(name)' lists them")
            }
        }
        forget()
    }

    /// Forgets what is cached, so that a revocation works at once.
    package func forget() {
        cache.withLock { cache in
            cache.known.removeAll()
            cache.revocations += 1
        }
        revocations.changed(Self.anyToken)
    }

    private func allow(_ name: UserName, _ identity: Identity) throws {
        guard Access.mayManageTokens(of: name, identity) else { throw Failure.noSuch("user", name) }
    }
}
