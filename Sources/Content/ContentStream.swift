package import API
import Glibc
import Synchronization

extension ContentStore {
    /// The content of `digests` as a pack, in blocks of about a mebibyte.
    ///
    /// Each piece is checked against its hash before its last bytes are given out (G10): damaged content throws
    /// `corrupt_content`, is put aside, and the receiver can tell, because the piece is not whole.
    package func stream(_ digests: [Digest]) -> ContentStream { ContentStream(store: self, digests: digests, isPack: true) }

    /// The bytes of one piece of content, checked in the same way.
    package func bytes(of digest: Digest) -> ContentStream { ContentStream(store: self, digests: [digest], isPack: false) }

    /// How long `stream(digests)` will be. Throws `not_found` when a piece is not there. Blocks for a moment.
    package func packBytes(_ digests: [Digest]) throws -> Int64 {
        try digests.reduce(0) { total, digest in
            guard let size = size(of: digest) else { throw absent(digest) }
            return total + Int64(Pack.headerBytes) + size
        }
    }
}

/// Content on its way out. Each iterator reads anew.
package struct ContentStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    fileprivate let store: ContentStore
    fileprivate let digests: [Digest]
    fileprivate let isPack: Bool

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: ContentReader(self)) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let reader: ContentReader

        package mutating func next() async throws -> [UInt8]? {
            let reader = reader
            return try await reader.store.workers.run { try reader.next() }
        }
    }
}

/// Reads one block after the other, on workers.
private final class ContentReader: Sendable {
    private struct Piece {
        var file: OpenFile
        var digest: Digest
        var size: Int64
        var offset: Int64 = 0
        var hash = RunningHash()
    }

    private struct State {
        var position = 0
        var current: Piece?
    }

    let store: ContentStore
    private let digests: [Digest]
    private let isPack: Bool
    private let state = Mutex(State())

    init(_ stream: ContentStream) { (store, digests, isPack) = (stream.store, stream.digests, stream.isPack) }

    /// nil at the end.
    func next() throws -> [UInt8]? {
        try state.withLock { state in
            var block: [UInt8] = []
            block.reserveCapacity(ContentStore.blockBytes)
            while ContentStore.blockBytes - block.count > Pack.headerBytes {
                if state.current == nil {
                    guard state.position < digests.count else { break }
                    try open(digests[state.position], &state, &block)
                }
                try read(&state, &block)
            }
            return block.isEmpty && state.position >= digests.count ? nil : block
        }
    }

    private func open(_ digest: Digest, _ state: inout State, _ block: inout [UInt8]) throws {
        let file = try store.open(digest)
        let size = try file.status().size
        if size > ContentStore.blockBytes { posix_fadvise(file.descriptor, 0, 0, CInt(POSIX_FADV_SEQUENTIAL)) }
        if isPack { block.append(contentsOf: Pack.header(digest, size: size)) }
        state.current = Piece(file: file, digest: digest, size: size)
    }

    /// Appends what fits of the current piece; its end only when the hash is right.
    private func read(_ state: inout State, _ block: inout [UInt8]) throws {
        guard var piece = state.current else { return }
        state.current = nil
        let wanted = Int(min(piece.size - piece.offset, Int64(ContentStore.blockBytes - block.count)))
        let start = block.count
        block.append(contentsOf: repeatElement(0, count: wanted))
        let count = try block.withUnsafeMutableBytes { bytes in
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            let count = try piece.file.read(into: part, at: piece.offset)
            piece.hash.update(UnsafeRawBufferPointer(rebasing: part[..<count]))
            return count
        }
        piece.offset += Int64(count)
        guard count == wanted else { throw store.quarantine(piece.digest, reading: piece.file) }
        if piece.offset < piece.size {
            state.current = piece
        } else {
            guard piece.hash.finish() == piece.digest else { throw store.quarantine(piece.digest, reading: piece.file) }
            state.position += 1
        }
    }
}
