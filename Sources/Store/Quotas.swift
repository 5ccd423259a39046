package import API
import GRDB

/// What users may have, and have.
extension Transaction {
    package func quota(of user: UserName) throws -> UserQuota {
        try first("SELECT storageLimitBytes, sessionLimit, gpuLimit FROM user WHERE name = ?", [user.rawValue]) { columns in
            UserQuota(storageBytes: columns.optionalInteger(), sessions: columns.optionalInt(), gpus: columns.optionalInt())
        } ?? UserQuota()
    }

    /// Of those users who have limits.
    package func quotas() throws -> [(user: UserName, quota: UserQuota)] {
        try all(
            """
            SELECT name, storageLimitBytes, sessionLimit, gpuLimit FROM user
            WHERE coalesce(storageLimitBytes, sessionLimit, gpuLimit) IS NOT NULL
            """
        ) { columns in
            (
                columns.user(),
                UserQuota(storageBytes: columns.optionalInteger(), sessions: columns.optionalInt(), gpus: columns.optionalInt())
            )
        }
    }

    /// Throws `not_found` when there is no such user.
    package func setQuota(_ quota: UserQuota, of user: UserName) throws {
        try execute(
            "UPDATE user SET storageLimitBytes = ?, sessionLimit = ?, gpuLimit = ? WHERE name = ?",
            [quota.storageBytes, quota.sessions, quota.gpus, user.rawValue])
        guard database.changesCount > 0 else { throw Failure.noSuch("user", user, hint: "'nsml user ls' lists them") }
    }

    package func usage(of user: UserName) throws -> UserUsage {
        let datasets = try integer(
            """
            SELECT coalesce(sum(coalesce(v.newBytes, v.bytes)), 0) FROM dataset d JOIN datasetVersion v ON v.dataset = d.name
            WHERE d.owner = ?
            """, [user.rawValue])
        let checkpoints = try integer("SELECT coalesce(sum(checkpointBytes), 0) FROM session WHERE user = ?", [user.rawValue])
        let running = try first(
            """
            SELECT count(*), coalesce(sum(gpus), 0) FROM session
            WHERE user = ? AND state IN ('preparing', 'running', 'paused') AND node IS NOT NULL
            """, [user.rawValue]
        ) { columns in (sessions: columns.int(), gpus: columns.int()) }
        return UserUsage(
            datasetBytes: datasets ?? 0, checkpointBytes: checkpoints ?? 0, sessions: running?.sessions ?? 0, gpus: running?.gpus ?? 0)
    }

    /// After something was written: throws `over_quota`, and so undoes it, when the user now stores more than is allowed.
    ///
    /// - Parameter bytes: how much was added.
    package func requireRoom(for user: UserName, added bytes: Int64) throws {
        guard let limit = try quota(of: user).storageBytes else { return }
        let stored = try usage(of: user).storedBytes
        guard stored <= limit || bytes <= 0 else { throw Failure.overQuota(user, stored: stored - bytes, limit: limit, bytes: bytes) }
    }
}
