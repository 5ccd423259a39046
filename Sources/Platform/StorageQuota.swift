import API
import Foundation
package import Store
import Synchronization

/// Keeps what users store within what each of them may (rule C5). What the database says of datasets and checkpoints counts, and what has
/// been sent since and belongs to nothing yet.
package final class StorageQuota: Sendable {
    private struct Sent {
        var bytes: Int64
        var at: Date
    }

    private let store: Store
    private let graceSeconds: Double
    private let sent = Mutex<[UserName: Sent]>([:])

    /// - Parameter graceSeconds: after so long what belongs to nothing is swept.
    package init(store: Store, graceSeconds: Double) {
        self.store = store
        self.graceSeconds = graceSeconds
    }

    /// Throws `over_quota` unless the caller may store so many more bytes.
    func allow(_ bytes: Int64, for identity: Identity) async throws {
        let user = identity.user
        let (limit, usage, own) = try await store.read { transaction -> (Int64?, UserUsage?, Int64) in
            guard let limit = try transaction.quota(of: user).storageBytes else { return (nil, nil, 0) }
            // A new checkpoint may take the place of older ones of its session; whether it does is seen when it is there.
            let own = try identity.session.flatMap { try transaction.session($0) }?.record.checkpointBytes ?? 0
            return (limit, try transaction.usage(of: user), own)
        }
        guard let limit, let usage else { return }
        let stored = usage.storedBytes + waiting(user)
        guard stored - own + bytes <= limit else { throw Failure.overQuota(user, stored: stored, limit: limit, bytes: bytes) }
    }

    /// Throws `over_quota` when the user stores as much as is allowed: what a session makes would not be kept.
    func allowRun(of user: UserName, in transaction: Transaction) throws {
        guard let limit = try transaction.quota(of: user).storageBytes else { return }
        let stored = try transaction.usage(of: user).storedBytes
        guard stored < limit else { throw Failure.overQuota(user, stored: stored, limit: limit) }
    }

    /// So much has arrived.
    func received(_ bytes: Int64, from user: UserName) {
        guard bytes > 0 else { return }
        sent.withLock { sent in
            let before = Self.current(sent[user], graceSeconds)
            sent[user] = Sent(bytes: before + bytes, at: Date())
        }
    }

    /// What arrived belongs to something now.
    func claimed(_ bytes: Int64, by user: UserName) {
        sent.withLock { sent in
            guard let known = sent[user] else { return }
            sent[user] = known.bytes > bytes ? Sent(bytes: known.bytes - bytes, at: known.at) : nil
        }
    }

    private func waiting(_ user: UserName) -> Int64 { sent.withLock { Self.current($0[user], graceSeconds) } }

    private static func current(_ sent: Sent?, _ graceSeconds: Double) -> Int64 {
        guard let sent, abs(sent.at.timeIntervalSinceNow) < graceSeconds else { return 0 }
        return sent.bytes
    }
}
