package import API
package import Store

/// What users may have, and have.
package struct QuotaService: Sendable {
    private let store: Store
    private let dispatcher: Dispatcher

    package init(store: Store, dispatcher: Dispatcher) {
        self.store = store
        self.dispatcher = dispatcher
    }

    /// A user; with the quota and its use for the user's own and administrators' eyes.
    package func get(_ name: UserName, for identity: Identity) async throws -> UserRecord {
        try await store.read { transaction in
            guard let user = try transaction.user(name) else { throw Failure.noSuch("user", name, hint: "'nsml user ls' lists them") }
            return try Self.seen(user, by: identity, in: transaction)
        }
    }

    package func list(for identity: Identity) async throws -> [UserRecord] {
        try await store.read { transaction in try transaction.users().map { try Self.seen($0, by: identity, in: transaction) } }
    }

    private static func seen(_ user: UserRecord, by identity: Identity, in transaction: Transaction) throws -> UserRecord {
        guard Access.mayManageTokens(of: user.name, identity) else { return user }
        var seen = user
        let quota = try transaction.quota(of: user.name)
        seen.quota = quota.isEmpty ? nil : quota
        seen.usage = try transaction.usage(of: user.name)
        return seen
    }

    /// What is over a new limit stays and runs on; nothing more is taken.
    package func change(_ name: UserName, _ change: QuotaChange, by identity: Identity) async throws -> UserRecord {
        for (what, number) in [("sessions", change.sessions), ("gpus", change.gpus)] {
            if let number, !(0...1_000_000).contains(number) { throw Failure.invalidValue(what, "\(number)", expected: "0 or more") }
        }
        if let bytes = change.storageBytes, bytes < 0 { throw Failure.invalidValue("storage", "\(bytes)", expected: "0 or more bytes") }
        let quota = try await store.write { transaction in
            let quota = try transaction.quota(of: name).applying(change)
            try transaction.setQuota(quota, of: name)
            return quota
        }
        await dispatcher.limited(name, quota)
        return try await get(name, for: identity)
    }
}
