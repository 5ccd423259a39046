package import API
import Foundation
package import Store

/// The audit log: who did what, from where, and what came of it.
package struct AuditService: Sendable {
    private let store: Store
    private let reserve: SpaceReserve

    package init(store: Store, reserve: SpaceReserve) {
        self.store = store
        self.reserve = reserve
    }

    /// Writes down what was done or tried; on disk when it returns.
    ///
    /// - Parameter makesRoom: whether it is worth the room that is kept for a full disk.
    package func record(
        _ identity: Identity, action: String, object: String, result: Failure.Code?, address: String, makesRoom: Bool = false
    ) async throws {
        let actor = identity.session.map { "\(identity.user) (session \($0))" } ?? identity.user.rawValue
        let write = { try await record(actor: actor, action: action, object: object, result: result?.rawValue ?? "ok", address: address) }
        if makesRoom { try await reserve.making(write) } else { try await write() }
    }

    /// The same for the platform itself.
    package func record(actor: String = "platform", action: String, object: String, result: String = "ok", address: String = "local")
        async throws
    {
        let object = object.utf8.count <= 1_000 ? object : String(object.prefix(250))
        try await store.write {
            try $0.appendAudit(actor: actor, action: action, object: object, result: result, address: address, at: Date())
        }
    }

    package func list(_ query: AuditQuery) async throws -> Page<AuditEntry> {
        let entries = try await store.read { try $0.audit(query) }
        return Page(items: entries, next: entries.count == query.limit ? entries.last.map { "\($0.number)" } : nil)
    }
}
