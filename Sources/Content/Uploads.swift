package import API
import CLinux
package import Foundation
import Glibc
import Synchronization

/// Uploads of single pieces of content, which may be interrupted and go on later, from where the staged file ends.
extension ContentStore {
    /// How much of an upload of `digest` by `owner`, which has not ended, is here. `owner` is any text; uploads of different owners
    /// do not mix. That the content itself may be there, from somebody else, is not told: who asks need not know the bytes.
    package func uploadState(_ digest: Digest, owner: String) throws -> UploadState {
        let staged = FileStatus.of(stagingName(digest, owner), in: staging.descriptor)
        return UploadState(receivedBytes: staged?.size ?? 0, isComplete: false)
    }

    /// Takes the bytes of `digest` from `offset` on, out of `size` in all.
    ///
    /// What arrives before the chunks end or fail is kept for the next try. The answer is complete, and then durable, when
    /// `size` bytes are there and match the digest; if they do not match, `corrupt_content` is thrown and the upload starts anew.
    /// An offset behind what is there overwrites; one beyond it throws `offset_gap` with the offset to go on from. Content that
    /// is there already has to be sent whole all the same: a hash alone proves nothing.
    package func receive<Chunks: AsyncSequence>(
        _ digest: Digest, size: Int64, offset: Int64, owner: String, chunks: Chunks
    ) async throws -> UploadState where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        guard size >= 0, offset >= 0, offset <= size else {
            throw Failure.invalidValue("offset", "\(offset)", expected: "at most the size, which is \(size)")
        }
        try checkWritable()
        let name = stagingName(digest, owner)
        guard state.withLock({ $0.uploads.insert(name).inserted }) else {
            throw Failure(.unavailable, "content \(digest) is being uploaded by another request", hint: "try again in a moment")
        }
        defer { _ = state.withLock { $0.uploads.remove(name) } }
        let upload = try await workers.run { [self] in
            try Upload(store: self, name: name, digest: digest, size: size, offset: offset)
        }
        var block: [UInt8] = []
        do {
            for try await chunk in chunks {
                block.append(contentsOf: chunk)
                guard block.count >= Self.blockBytes else { continue }
                try await write(&block, to: upload)
            }
        } catch {
            // The connection broke: what came is worth keeping. The first error is the one that counts.
            try? await write(&block, to: upload)
            throw error
        }
        try await write(&block, to: upload)
        return try await workers.run { try upload.finish() }
    }

    private func write(_ block: inout [UInt8], to upload: Upload) async throws {
        let bytes = block
        block = []
        block.reserveCapacity(Self.blockBytes + (1 << 17))
        guard !bytes.isEmpty else { return }
        try await workers.run { try upload.append(bytes) }
    }

    /// Removes what uploads left that nobody went on with. Returns how many were removed. Blocks.
    @discardableResult
    package func sweepStaging(olderThan limit: Date) throws -> Int {
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(path)/.staging") {
            let isBusy = state.withLock { $0.uploads.contains(name) }
            guard !isBusy, let status = FileStatus.of(name, in: staging.descriptor),
                Double(status.modifiedNanoseconds) / 1e9 < limit.timeIntervalSince1970
            else { continue }
            try TreeRemoval.remove("\(path)/.staging/\(name)")
            count += 1
        }
        return count
    }

    /// The owner only enters as a hash, so that no text of a client becomes a path (C1).
    func stagingName(_ digest: Digest, _ owner: String) -> String {
        "\(digest.hex)-\(Digest(of: Array(owner.utf8)).hex.prefix(16))"
    }
}

/// One upload while a request feeds it. Its blocks are written and hashed on workers, one after the other.
private final class Upload: Sendable {
    private struct State {
        var hash = RunningHash()
        var received: Int64
        var startedWriteback: Int64 = 0
    }

    /// Dirty pages are handed to the disk in steps of this, so that the fsync at the end finds little to do.
    private static let writebackBytes: Int64 = 16 << 20

    private let store: ContentStore
    private let name: String
    private let digest: Digest
    private let size: Int64
    private let file: OpenFile
    private let state: Mutex<State>

    init(store: ContentStore, name: String, digest: Digest, size: Int64, offset: Int64) throws {
        (self.store, self.name, self.digest, self.size) = (store, name, digest, size)
        file = try OpenFile(
            name, O_RDWR | O_CREAT | O_NOFOLLOW, in: store.staging.descriptor, called: "content \(digest)")
        let staged = try file.status().size
        guard offset <= staged else {
            throw Failure(
                .offsetGap, "content \(digest) was sent from byte \(offset), and \(staged) bytes are there",
                hint: "go on from byte \(staged)", offset: staged)
        }
        guard ftruncate(file.descriptor, off_t(offset)) == 0 else { throw Failure.system("write", file.name, errno) }
        state = Mutex(State(received: offset))
        try rehash(offset)
    }

    /// Reads what earlier requests brought.
    private func rehash(_ count: Int64) throws {
        try withScratch(ContentStore.blockBytes) { buffer in
            try state.withLock { state in
                var offset: Int64 = 0
                while offset < count {
                    let wanted = Int(min(Int64(buffer.count), count - offset))
                    let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
                    guard try file.read(into: piece, at: offset) == wanted else { throw Failure.system("read", file.name, EIO) }
                    state.hash.update(UnsafeRawBufferPointer(piece))
                    offset += Int64(wanted)
                }
            }
        }
    }

    func append(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            guard state.received + Int64(bytes.count) <= size else {
                throw Failure.tooLarge("content \(digest)", bytes: state.received + Int64(bytes.count), limit: size)
            }
            try file.write(bytes: bytes, at: state.received)
            bytes.withUnsafeBytes { state.hash.update($0) }
            state.received += Int64(bytes.count)
            if state.received - state.startedWriteback >= Self.writebackBytes {
                nsml_start_writeback(file.descriptor, state.startedWriteback, state.received - state.startedWriteback)
                state.startedWriteback = state.received
            }
        }
    }

    func finish() throws -> UploadState {
        let (received, found) = state.withLock { ($0.received, $0.hash.finish()) }
        guard received == size else { return UploadState(receivedBytes: received, isComplete: false) }
        guard found == digest else {
            unlinkat(store.staging.descriptor, name, 0)
            throw Failure(
                .corruptContent, "what arrived as content \(digest) hashes to \(found)",
                hint: "the file changed while it was sent, or the network damaged it; push again")
        }
        try store.publish(file, staged: name, as: digest)
        return UploadState(receivedBytes: received, isComplete: true)
    }
}
