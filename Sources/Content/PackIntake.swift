package import API
import Foundation
import Glibc
import Synchronization

extension ContentStore {
    /// Stores every piece of a pack (see `Pack`), and says what they were, each once. All or nothing is reported: when it
    /// returns, all pieces are durable; when it throws, none need be, and sending the pack again is safe.
    package func receivePack<Chunks: AsyncSequence>(_ chunks: Chunks) async throws -> [(digest: Digest, bytes: Int64)]
    where Chunks.Element: Collection, Chunks.Element.Element == UInt8 {
        try checkWritable()
        let intake = try await workers.run { [self] in try PackIntake(store: self) }
        do {
            var block: [UInt8] = []
            for try await chunk in chunks {
                block.append(contentsOf: chunk)
                guard block.count >= Self.blockBytes else { continue }
                let bytes = block
                block = []
                block.reserveCapacity(Self.blockBytes + (1 << 17))
                try await workers.run { try intake.take(bytes) }
            }
            let last = block
            try await workers.run {
                try intake.take(last)
                try intake.finish()
            }
            try await flush()
            try await workers.run { try intake.publish() }
            try await flush()
            await close(intake)
            return intake.stored
        } catch {
            await close(intake)
            throw error
        }
    }

    private func close(_ intake: PackIntake) async {
        // Removing staged files cannot fail in a way that matters: the sweep takes what is left.
        try? await workers.run { intake.close() }
    }

    private func flush() async throws {
        do { try await disk.flush() } catch {
            noteFailure()
            throw error
        }
    }
}

/// One pack on its way into the store: pieces become files of a staging directory of its own, and get their names together.
private final class PackIntake: Sendable {
    private struct Piece {
        var digest: Digest
        var size: Int64
        var file: OpenFile?
        var hash = RunningHash()
        var written: Int64 = 0
    }

    private struct State {
        var reader = PackReader()
        var current: Piece?
        /// Staged as the file called by its position.
        var staged: [Digest] = []
        var stored: [(digest: Digest, bytes: Int64)] = []
        var seen: Set<Digest> = []
        var publishing: [Digest] = []
        /// Whether new files have the mode that content has, without being given it.
        var isMadeReadable: Bool?
    }

    private let store: ContentStore
    private let name: String
    private let directory: OpenFile
    private let state = Mutex(State())

    init(store: ContentStore) throws {
        self.store = store
        name = "pack-\(UUID().uuidString)"
        guard mkdirat(store.staging.descriptor, name, 0o700) == 0 else { throw Failure.system("store", "a pack", errno) }
        directory = try OpenFile(name, O_RDONLY | O_DIRECTORY, in: store.staging.descriptor, called: "a pack")
    }

    var stored: [(digest: Digest, bytes: Int64)] { state.withLock { $0.stored } }

    func take(_ block: [UInt8]) throws {
        try state.withLock { state in
            // Taken out while it runs: its closure changes the rest of the state.
            var reader = state.reader
            try reader.read(block) { event in
                switch event {
                case .begin(let digest, let size): try begin(digest, size, &state)
                case .bytes(let bytes): try write(bytes, &state)
                case .end: try end(&state)
                }
            }
            state.reader = reader
        }
    }

    func finish() throws { try state.withLock { try $0.reader.finish() } }

    private func begin(_ digest: Digest, _ size: Int64, _ state: inout State) throws {
        state.current = Piece(digest: digest, size: size)
        guard state.seen.insert(digest).inserted else { return }
        state.stored.append((digest, size))
        guard !store.contains(digest) else { return }
        let file = try OpenFile(
            "\(state.staged.count)", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o444, in: directory.descriptor,
            called: "content \(digest)")
        // Whatever the umask: sessions of other users read it through links. One file tells what the umask leaves of the mode.
        let isReadable = try state.isMadeReadable ?? (file.status().mode & 0o777 == 0o444)
        if !isReadable { fchmod(file.descriptor, 0o444) }
        state.isMadeReadable = isReadable
        state.current?.file = file
        state.staged.append(digest)
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ state: inout State) throws {
        guard var piece = state.current else { return }
        state.current = nil
        try piece.file?.write(bytes: bytes, at: piece.written)
        bytes.withUnsafeBytes { piece.hash.update($0) }
        piece.written += Int64(bytes.count)
        state.current = piece
    }

    private func end(_ state: inout State) throws {
        guard let piece = state.current else { return }
        state.current = nil
        let found = piece.hash.finish()
        guard found == piece.digest else {
            throw Failure(
                .corruptContent, "what arrived as content \(piece.digest) hashes to \(found)",
                hint: "the file changed while it was sent, or the network damaged it; push again")
        }
    }

    /// Gives every staged file its name. Between two flushes (G2).
    func publish() throws {
        try state.withLock { state in
            for (position, digest) in state.staged.enumerated() {
                store.beginPublishing(digest)
                state.publishing.append(digest)
                try store.rename(staged: "\(position)", in: directory, as: digest)
            }
            state.staged = []
        }
    }

    /// Removes what is still staged. Content that was renamed counts as there from now on.
    func close() {
        state.withLock { state in
            for digest in state.publishing { store.endPublishing(digest) }
            for position in state.staged.indices { unlinkat(directory.descriptor, "\(position)", 0) }
            state.publishing = []
            state.staged = []
        }
        unlinkat(store.staging.descriptor, name, AT_REMOVEDIR)
    }
}
