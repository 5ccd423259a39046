package import API
package import Content
import Foundation
package import Store

/// A tree of which all content was here, for whoever sent it, at one moment.
package struct AcceptedTree: Sendable {
    package let manifest: Manifest
    /// Of the manifest, and of all its content, each once.
    package let digests: [Digest]
    fileprivate let sweep: Int64

    /// That it still is, for what this transaction writes down.
    package func require(in transaction: Transaction) throws { try transaction.requireContent(digests, seenAt: sweep) }
}

extension ContentStore {
    /// Writes down what lies here. A sweep removes content on the database's one writer too, so what is seen here stays (G4).
    func note(_ contents: [(digest: Digest, bytes: Int64)], holder: UserName, in transaction: Transaction) throws {
        guard contents.allSatisfy({ contains($0.digest) }) else { throw Failure.contentBeingRemoved }
        try transaction.addContent(contents, holder: holder, at: Date())
    }
}

/// Content as it arrives, and as it is handed out again with the object that it belongs to.
package struct ContentService: Sendable {
    private let store: Store
    private let content: ContentStore
    private let disk: DiskGuard
    private let quota: StorageQuota

    package init(store: Store, content: ContentStore, disk: DiskGuard, quota: StorageQuota) {
        self.quota = quota
        self.store = store
        self.content = content
        self.disk = disk
    }

    /// Which of these the caller has to send. What only others have uploaded for themselves counts as missing: knowing
    /// a hash must not give anybody the bytes.
    package func missing(_ list: DigestList, for identity: Identity) async throws -> DigestList {
        guard list.digests.count <= DigestList.maximumCount else {
            throw Failure(.tooLarge, "\(list.digests.count) digests in one question", hint: "ask for \(DigestList.maximumCount) at a time")
        }
        let held = try await store.read { try $0.heldContent(list.digests, by: identity.user) }
        return DigestList(digests: list.digests.filter { !held.contains($0) || !content.contains($0) })
    }

    /// What the caller would have to send of a tree whose manifest is here: what nobody has sent, and what was lost.
    package func missing(ofManifest digest: Digest, for identity: Identity) async throws -> DigestList {
        let manifest = try await heldManifest(digest, for: identity)
        let digests = Array(Set(manifest.entries.map(\.digest)))
        let held = try await store.read { try $0.heldContent(digests, by: identity.user) }
        var (missing, seen): ([Digest], Set<Digest>) = ([], [])
        for entry in manifest.entries where missing.count < DigestList.maximumCount && seen.insert(entry.digest).inserted {
            if !held.contains(entry.digest) || content.size(of: entry.digest) != entry.size { missing.append(entry.digest) }
        }
        return DigestList(digests: missing)
    }

    private func heldManifest(_ digest: Digest, for identity: Identity) async throws -> Manifest {
        let isHeld = try await store.read { try $0.heldContent([digest], by: identity.user).contains(digest) }
        guard isHeld, content.contains(digest) else {
            throw Failure.noSuch("manifest", digest, hint: "send it with PUT /v1/content/\(digest) first")
        }
        return try content.readManifest(digest)
    }

    /// How much of an interrupted upload is here.
    package func uploadState(of digest: Digest, for identity: Identity) async throws -> UploadState {
        let held = try await store.read { try $0.heldContent([digest], by: identity.user) }
        if held.contains(digest), let size = content.size(of: digest) {
            return UploadState(receivedBytes: size, isComplete: true)
        }
        return try content.uploadState(digest, owner: identity.user.rawValue)
    }

    /// Takes bytes from `offset` on; the content exists, durably, when the answer says complete.
    package func receive<Chunks: AsyncSequence>(
        _ digest: Digest, size: Int64, offset: Int64, chunks: Chunks, for identity: Identity
    ) async throws -> UploadState where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        guard size >= 0, size <= Endpoints.maximumContentBytes, offset >= 0, offset <= size else {
            throw Failure.invalidValue("size", "\(size)", expected: "the content's length in bytes, no less than the offset")
        }
        try disk.allowPush(size - offset)
        // What the caller has sent before costs nothing once more.
        let isNew = try await !uploadState(of: digest, for: identity).isComplete
        if isNew { try await quota.allow(size - offset, for: identity) }
        let state: UploadState
        do {
            state = try await content.receive(digest, size: size, offset: offset, owner: identity.user.rawValue, chunks: chunks)
        } catch {
            // What came before it broke off lies here until it is gone on with, or swept.
            quota.received(
                ((try? content.uploadState(digest, owner: identity.user.rawValue))?.receivedBytes ?? 0) - offset, from: identity.user)
            throw error
        }
        if isNew { quota.received(state.receivedBytes - offset, from: identity.user) }
        if state.isComplete { try await add([(digest: digest, bytes: size)], holder: identity.user) }
        return state
    }

    /// Takes a pack of small content; all of it is durable when this returns.
    package func receivePack<Chunks: AsyncSequence>(_ chunks: Chunks, for identity: Identity) async throws
    where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        try disk.allowPush(Endpoints.maximumPackBytes)
        try await quota.allow(1, for: identity)
        let added = try await content.receivePack(chunks)
        quota.received(added.reduce(0) { $0 + $1.bytes }, from: identity.user)
        guard !added.isEmpty else {
            throw Failure(.invalidRequest, "the pack is empty", hint: "send at least one piece: 32 bytes of digest, 8 of length, the bytes")
        }
        try await add(added, holder: identity.user)
    }

    private func add(_ added: [(digest: Digest, bytes: Int64)], holder: UserName) async throws {
        try await store.write { try content.note(added, holder: holder, in: $0) }
    }

    /// Reads a manifest that the caller has just sent, and checks that all its content is there for this caller. Whoever writes down that
    /// something refers to it calls `AcceptedTree.require` in the same transaction.
    package func acceptManifest(_ digest: Digest, from identity: Identity) async throws -> AcceptedTree {
        let manifest = try await heldManifest(digest, for: identity)
        let digests = [digest] + Array(Set(manifest.entries.map(\.digest)))
        let (held, sweep) = try await store.read { transaction in
            (try transaction.heldContent(digests, by: identity.user), try transaction.sweepNumber())
        }
        guard held.contains(digest) else { throw Failure.noSuch("manifest", digest, hint: "send it once more") }
        if let lacking = manifest.entries.first(where: { !held.contains($0.digest) }) {
            throw Failure(
                .invalidRequest, "the content of '\(lacking.path)' has not been sent",
                hint: "ask /v1/content/missing, send, then post the manifest again")
        }
        if let wrong = manifest.entries.first(where: { content.size(of: $0.digest) != $0.size }) {
            throw Failure(.invalidRequest, "the manifest gives '\(wrong.path)' \(wrong.size) bytes, but its content has another length")
        }
        return AcceptedTree(manifest: manifest, digests: digests, sweep: sweep)
    }

    /// Content of `manifest` as a pack, in the order asked for; what the manifest does not have is not found.
    package func pack(_ list: DigestList, of manifest: Digest) throws -> (chunks: ContentStream, totalBytes: Int64) {
        guard list.digests.count <= DigestList.maximumCount else {
            throw Failure(.tooLarge, "\(list.digests.count) digests in one question", hint: "ask for \(DigestList.maximumCount) at a time")
        }
        let entries = try content.readManifest(manifest).entries
        let known = Set(entries.map(\.digest))
        if let stranger = list.digests.first(where: { !known.contains($0) }) {
            throw Failure.noSuch("content", stranger)
        }
        if let damaged = list.digests.first(where: { !content.contains($0) && content.isDamaged($0) }) {
            throw ContentStore.damaged("content of '\(entries.first { $0.digest == damaged }?.path ?? "\(damaged)")'")
        }
        return (content.stream(list.digests), try content.packBytes(list.digests))
    }

    /// The bytes of one file of `manifest`.
    package func file(_ path: String, of manifest: Digest) throws -> (chunks: ContentStream, bytes: Int64) {
        guard let entry = try content.readManifest(manifest).entries.first(where: { $0.path == path }) else {
            throw Failure.noSuch("file", path)
        }
        if !content.contains(entry.digest), content.isDamaged(entry.digest) { throw ContentStore.damaged("content of '\(path)'") }
        return (content.bytes(of: entry.digest), entry.size)
    }

    package func manifestBytes(_ digest: Digest) throws -> [UInt8] {
        try content.read(digest)
    }

    package func files(of manifest: Digest, limit: Int) throws -> FileList {
        let manifest = try content.readManifest(manifest)
        let shown = limit > 0 ? manifest.entries.prefix(limit) : manifest.entries[...]
        return FileList(
            files: shown.map { FileRecord(path: $0.path, bytes: $0.size, isExecutable: $0.isExecutable, digest: $0.digest) },
            totalCount: manifest.entries.count, totalBytes: manifest.totalBytes)
    }
}

extension ContentStore {
    /// Reads a tree's manifest from content.
    package func readManifest(_ digest: Digest) throws -> Manifest {
        try Manifest(bytes: try read(digest))
    }
}
