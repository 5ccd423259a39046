/// How much of a platform a user may have; nil: as much as there is.
package struct UserQuota: Codable, Sendable, Hashable {
    /// Of datasets and checkpoints.
    package var storageBytes: Int64?
    /// How many sessions run at a time.
    package var sessions: Int?
    /// How many GPUs they have together.
    package var gpus: Int?

    package init(storageBytes: Int64? = nil, sessions: Int? = nil, gpus: Int? = nil) {
        self.storageBytes = storageBytes
        self.sessions = sessions
        self.gpus = gpus
    }

    package var isEmpty: Bool { self == UserQuota() }
}

/// What a user has of a platform now.
package struct UserUsage: Codable, Sendable, Hashable {
    /// Content that two versions of a dataset share counts once.
    package var datasetBytes: Int64
    package var checkpointBytes: Int64
    /// Sessions that hold a place, and the GPUs that they hold.
    package var sessions: Int
    package var gpus: Int

    package init(datasetBytes: Int64, checkpointBytes: Int64, sessions: Int, gpus: Int) {
        self.datasetBytes = datasetBytes
        self.checkpointBytes = checkpointBytes
        self.sessions = sessions
        self.gpus = gpus
    }

    package var storedBytes: Int64 { datasetBytes + checkpointBytes }
}

/// New limits for a user: what is not named stays.
package struct QuotaChange: RequestBody {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case storage, sessions, gpus
    }

    package static let fields: Set<String> = ["storageBytes", "sessions", "gpus", "unlimited"]
    package var storageBytes: Int64?
    package var sessions: Int?
    package var gpus: Int?
    /// What has no limit from now on.
    package var unlimited: [Kind]?

    package init(storageBytes: Int64? = nil, sessions: Int? = nil, gpus: Int? = nil, unlimited: [Kind]? = nil) {
        self.storageBytes = storageBytes
        self.sessions = sessions
        self.gpus = gpus
        self.unlimited = unlimited
    }
}

extension UserQuota {
    package func applying(_ change: QuotaChange) -> UserQuota {
        let free = Set(change.unlimited ?? [])
        return UserQuota(
            storageBytes: change.storageBytes ?? (free.contains(.storage) ? nil : storageBytes),
            sessions: change.sessions ?? (free.contains(.sessions) ? nil : sessions),
            gpus: change.gpus ?? (free.contains(.gpus) ? nil : gpus))
    }
}

/// Bytes as sentences have them: `412.3 GB`.
package enum ByteText {
    package static func of(_ bytes: Int64) -> String {
        var (value, unit) = (Double(bytes), "B")
        for next in ["kB", "MB", "GB", "TB", "PB"] where abs(value) >= 1_000 { (value, unit) = (value / 1_000, next) }
        let tenths = (value * 10).rounded(.down) / 10
        return unit == "B" ? "\(bytes) B" : "\(tenths) \(unit)"
    }
}
