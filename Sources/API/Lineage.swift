package import Foundation

/// What `nsml fork` asks for; nil fields take what the original has.
package struct ForkRequest: RequestBody {
    package static let fields: Set<String> = [
        "checkpoint", "withoutCheckpoint", "arguments", "gpus", "cpus", "memoryBytes", "sharedMemoryBytes", "priority", "memo", "label",
        "isPrivate", "keep", "network",
    ]
    /// nil: the one that was saved last; none when there is none.
    package var checkpoint: CheckpointName?
    /// Begins anew, although there are checkpoints.
    package var withoutCheckpoint: Bool
    /// All of them: none of the original's stays.
    package var arguments: [String]?
    package var gpus: Int?
    package var cpus: Int?
    package var memoryBytes: Int64?
    package var sharedMemoryBytes: Int64?
    package var priority: Int
    package var memo: String?
    package var label: String?
    /// A fork of a private session is private whatever is said here.
    package var isPrivate: Bool
    package var keep: Retention?
    package var network: Bool?

    package init(
        checkpoint: CheckpointName? = nil, withoutCheckpoint: Bool = false, arguments: [String]? = nil, gpus: Int? = nil, cpus: Int? = nil,
        memoryBytes: Int64? = nil, sharedMemoryBytes: Int64? = nil, priority: Int = 0, memo: String? = nil, label: String? = nil,
        isPrivate: Bool = false, keep: Retention? = nil, network: Bool? = nil
    ) {
        self.checkpoint = checkpoint
        self.withoutCheckpoint = withoutCheckpoint
        self.arguments = arguments
        self.gpus = gpus
        self.cpus = cpus
        self.memoryBytes = memoryBytes
        self.sharedMemoryBytes = sharedMemoryBytes
        self.priority = priority
        self.memo = memo
        self.label = label
        self.isPrivate = isPrivate
        self.keep = keep
        self.network = network
    }
}

/// One session of a family.
package struct FamilyMember: Codable, Sendable, Hashable {
    package var session: SessionName
    /// Whose code it took; nil for the first of all.
    package var origin: SessionName?
    /// The checkpoint of its parent that it began with.
    package var checkpoint: CheckpointReference?
    package var type: SessionType?
    /// nil: it was removed, or is not for you to see.
    package var state: SessionState?
    package var createdAt: Date?
    package var memo: String?

    package init(
        session: SessionName, origin: SessionName? = nil, checkpoint: CheckpointReference? = nil, type: SessionType? = nil,
        state: SessionState? = nil, createdAt: Date? = nil, memo: String? = nil
    ) {
        self.session = session
        self.origin = origin
        self.checkpoint = checkpoint
        self.type = type
        self.state = state
        self.createdAt = createdAt
        self.memo = memo
    }
}

/// Where a session comes from and what came of it.
package struct Family: Codable, Sendable, Hashable {
    /// The first of all first; the last is what the session itself was made from.
    package var ancestors: [FamilyMember]
    /// Each behind the one that it was made from.
    package var descendants: [FamilyMember]
    /// There are more descendants than are listed.
    package var isCut: Bool

    package init(ancestors: [FamilyMember] = [], descendants: [FamilyMember] = [], isCut: Bool = false) {
        self.ancestors = ancestors
        self.descendants = descendants
        self.isCut = isCut
    }

    package var isEmpty: Bool { ancestors.isEmpty && descendants.isEmpty }
}
