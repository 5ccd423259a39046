package import API
package import Content
import Foundation
package import Store

/// Images, sounds, histograms and tables that sessions report, kept as content.
package struct MediaService: Sendable {
    private let store: Store
    private let content: ContentStore

    package init(store: Store, content: ContentStore) {
        self.store = store
        self.content = content
    }

    package func list(_ name: SessionName, named: String?, after: Int64, limit: Int, for identity: Identity) async throws
        -> Page<MediaRecord>
    {
        let found = try await store.read { transaction in
            let session = try transaction.visibleSession(name, to: identity)
            return try transaction.media(session: session.id, name: named, after: after, limit: limit + 1)
        }
        guard found.count > limit else { return Page(items: found) }
        return Page(items: Array(found.prefix(limit)), next: found.prefix(limit).last.map { "\($0.number)" })
    }

    package func content(_ name: SessionName, number: Int64, for identity: Identity) async throws -> (bytes: [UInt8], type: String) {
        let found = try await store.read { transaction in
            try transaction.mediaContent(session: transaction.visibleSession(name, to: identity).id, number: number)
        }
        guard let found else { throw Failure.noSuch("medium", "\(number)", hint: "'nsml media \(name)' lists them") }
        return (try content.read(found.digest), found.type)
    }

    /// Takes what a piece of a journal brings. `offset` is where the piece begins. All of it may come again.
    func take(_ lines: [JournalMedia], of session: StoredSession, from offset: Int64) async throws {
        // From 1, so that "after 0" means all of them.
        for line in lines { try await take(line, of: session.id, owner: session.name.user, at: offset + line.offset + 1) }
    }

    private func take(_ line: JournalMedia, of session: Int64, owner: UserName, at place: Int64) async throws {
        guard line.parts > 1 else { return try await keep(line, line.data, of: session, owner: owner, at: place) }
        let isWhole = try await store.write { transaction -> Bool in
            guard try !transaction.hasMedia(session: session, offset: place) else {
                try transaction.removeMediaParts(session: session, media: line.id)
                return false
            }
            try transaction.addMediaPart(session: session, media: line.id, part: line.part, bytes: line.data)
            return line.part == line.parts - 1
        }
        guard isWhole else { return }
        let parts = try await store.read { try $0.mediaParts(session: session, media: line.id) }
        // A part that a full disk has cut leaves nothing that could be shown.
        if parts.count == line.parts {
            try await keep(line, parts.reduce(into: Data()) { $0.append($1) }, of: session, owner: owner, at: place)
        }
        try await store.write { try $0.removeMediaParts(session: session, media: line.id) }
    }

    private func keep(_ line: JournalMedia, _ data: Data, of session: Int64, owner: UserName, at place: Int64) async throws {
        guard data.count <= MediaRecord.maximumBytes, line.record.fits(data) else {
            return try await refuse("\(line.record.kind.rawValue) '\(line.record.name)' is not what it says, or too large", of: session)
        }
        let totals = try await store.read { try $0.mediaTotals(session: session) }
        guard totals.count < MediaRecord.maximumCount, totals.bytes + Int64(data.count) <= MediaRecord.maximumTotalBytes else {
            return try await refuse("no more images, sounds and tables are kept of this session", of: session)
        }
        let digest = try content.put(Array(data))
        var record = line.record
        record.number = place
        record.bytes = Int64(data.count)
        let kept = record
        try await store.write { transaction in
            try content.note([(digest: digest, bytes: kept.bytes)], holder: owner, in: transaction)
            try transaction.addMedia(session: session, kept, digest: digest)
        }
    }

    /// Says so once: a session that is refused one is refused many.
    private func refuse(_ reason: String, of session: Int64) async throws {
        try await store.write { transaction in
            guard try !transaction.hasEvent(session: session, event: "media") else { return }
            try transaction.appendEvent(session: session, actor: "platform", event: "media", detail: reason, at: Date())
        }
    }
}
