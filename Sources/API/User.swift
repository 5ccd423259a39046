package import Foundation

package enum Role: String, Codable, Sendable, CaseIterable {
    case admin, user
}

package struct UserRecord: Codable, Sendable, Hashable {
    package var name: UserName
    package var role: Role
    package var createdAt: Date
    /// What the user may have, and has; for the user's own and administrators' eyes.
    package var quota: UserQuota?
    package var usage: UserUsage?

    package init(name: UserName, role: Role, createdAt: Date, quota: UserQuota? = nil, usage: UserUsage? = nil) {
        self.name = name
        self.role = role
        self.createdAt = createdAt
        self.quota = quota
        self.usage = usage
    }
}

/// A token without its secret.
package struct TokenRecord: Codable, Sendable, Hashable {
    package var id: Int64
    package var label: String
    package var createdAt: Date
    package var expiresAt: Date?
    package var lastUsedAt: Date?
    /// nil: good for everything.
    package var scopes: [TokenScope]?

    package init(
        id: Int64, label: String, createdAt: Date, expiresAt: Date? = nil, lastUsedAt: Date? = nil, scopes: [TokenScope]? = nil
    ) {
        self.scopes = scopes
        self.id = id
        self.label = label
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}

package struct NewUser: RequestBody {
    package static let fields: Set<String> = ["name", "role"]
    package var name: UserName
    package var role: Role

    package init(name: UserName, role: Role) {
        self.name = name
        self.role = role
    }
}

package struct NewToken: RequestBody {
    package static let fields: Set<String> = ["label", "validSeconds", "scopes"]
    package var label: String
    /// nil: until revoked.
    package var validSeconds: Int64?
    /// nil: good for everything.
    package var scopes: [TokenScope]?

    package init(label: String, validSeconds: Int64? = nil, scopes: [TokenScope]? = nil) {
        self.label = label
        self.validSeconds = validSeconds
        self.scopes = scopes
    }
}

/// A token just made: the only time that its secret is told.
package struct IssuedToken: Codable, Sendable {
    package var user: UserName
    package var secret: String
    package var record: TokenRecord

    package init(user: UserName, secret: String, record: TokenRecord) {
        self.user = user
        self.secret = secret
        self.record = record
    }
}

/// Who is asking, as `nsml whoami` shows it.
package struct Identity: Codable, Sendable {
    package var user: UserName
    package var role: Role
    /// Set when the token is a session's own.
    package var session: SessionName?
    /// What the token is limited to; nil: to nothing.
    package var scopes: [TokenScope]?

    package init(user: UserName, role: Role, session: SessionName? = nil, scopes: [TokenScope]? = nil) {
        self.user = user
        self.role = role
        self.session = session
        self.scopes = scopes
    }
}

/// What `nsml status` shows.
package struct ServerStatus: Codable, Sendable {
    package var version: String
    package var startedAt: Date
    package var processId: Int
    package var node: Node
    package var sessionsQueued: Int
    package var sessionsActive: Int
    package var freeDiskBytes: Int64
    /// What the sandbox and control groups of this machine can and cannot do, for people.
    package var notes: [String]

    package init(
        version: String, startedAt: Date, processId: Int, node: Node, sessionsQueued: Int, sessionsActive: Int, freeDiskBytes: Int64,
        notes: [String]
    ) {
        self.version = version
        self.startedAt = startedAt
        self.processId = processId
        self.node = node
        self.sessionsQueued = sessionsQueued
        self.sessionsActive = sessionsActive
        self.freeDiskBytes = freeDiskBytes
        self.notes = notes
    }
}
