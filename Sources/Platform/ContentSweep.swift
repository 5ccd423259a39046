import API
package import Content
package import Foundation
import Logging
package import Store

/// Removes content that nothing refers to: first it is read what everything consists of, which takes minutes on a large platform, then the
/// rest goes, a batch at a time.
///
/// Meanwhile the platform is used. What begins to refer to old content before a batch goes is seen in the transaction that removes it; what
/// does so later sees in its own transaction that content was removed, and looks again (`Transaction.requireContent`).
package struct ContentSweep: Sendable {
    /// So much is removed at once: longer, and all who write would wait.
    private static let batch = 1000

    /// What everything consisted of at one moment.
    package struct Seen: Sendable {
        fileprivate var manifests: Set<Digest>
        fileprivate var live: Set<Digest>
    }

    private let store: Store
    private let content: ContentStore
    /// Younger content stays: somebody may be about to refer to it.
    private let limit: Date

    package init(store: Store, content: ContentStore, olderThan limit: Date) {
        self.store = store
        self.content = content
        self.limit = limit
    }

    package func look() async throws -> Seen {
        let (manifests, media) = try await store.read { (Set(try $0.referencedManifests()), try $0.mediaDigests()) }
        var live = Set(media)
        for manifest in manifests {
            // Others are let in between.
            await Task.yield()
            live.formUnion(try digests(of: manifest))
        }
        return Seen(manifests: manifests, live: live)
    }

    /// - Returns: how much was removed.
    package func removeAll(besides seen: Seen) async throws -> Int {
        var count = 0
        var after: Digest?
        while !Task.isCancelled {
            let cursor = after
            let digests = try await store.read { try $0.contentOlderThan(limit, after: cursor, limit: Self.batch) }
            guard let last = digests.last else { break }
            after = last
            let unused = digests.filter { !seen.live.contains($0) }
            if !unused.isEmpty { count += try await remove(unused, besides: seen) }
        }
        return count
    }

    private func remove(_ unused: [Digest], besides seen: Seen) async throws -> Int {
        let dead = try await store.write { transaction in
            var saved: Set<Digest> = []
            for manifest in try transaction.referencedManifests() where !seen.manifests.contains(manifest) {
                saved.formUnion(try digests(of: manifest))
            }
            let dead = try unused.filter { try !saved.contains($0) && !transaction.isMedia($0) }
            // Rows first: content without a row is sent again, a row without content would be a lie.
            if !dead.isEmpty { try transaction.removeContent(dead) }
            return dead
        }
        // On the writer again: what was sent meanwhile has a row again, and what is sent from now on finds the file gone.
        try await store.write { transaction in
            try content.remove(dead.filter { try transaction.contentBytes(of: $0) == nil })
        }
        return dead.count
    }

    private func digests(of manifest: Digest) throws -> [Digest] {
        [manifest] + (try content.readManifest(manifest).entries.map(\.digest))
    }
}
