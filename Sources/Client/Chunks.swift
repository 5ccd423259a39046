import API
import Content

/// The bytes of a file from an offset on, read on workers as they are asked for.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    private static let chunkBytes: Int64 = 1 << 20

    let file: OpenFile
    let offset: Int64
    let size: Int64
    let workers: WorkerPool
    /// Called with the offset that has been handed on.
    let passed: @Sendable (Int64) -> Void

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self, offset: offset) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        var offset: Int64

        mutating func next() async throws -> [UInt8]? {
            if offset > chunks.offset { chunks.passed(offset) }
            guard offset < chunks.size else { return nil }
            let (file, start) = (chunks.file, offset)
            let wanted = Int(Swift.min(FileChunks.chunkBytes, chunks.size - start))
            let bytes = try await chunks.workers.run {
                try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: start)
                }
            }
            guard bytes.count == wanted else {
                throw becameShorter(file)
            }
            offset += Int64(bytes.count)
            return bytes
        }
    }
}

// Outside, because inside a sequence `Failure` means the type of its errors.
private func becameShorter(_ file: OpenFile) -> Failure {
    Failure(.localError, "'\(file.name)' became shorter while it was pushed", hint: "push again once nothing writes to it")
}

/// Bytes in memory, in pieces.
struct ArrayChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    let bytes: [UInt8]
    let offset: Int

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes[Swift.min(offset, bytes.count)...]) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>

        mutating func next() async throws -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(1 << 20) }
            return Array(rest.prefix(1 << 20))
        }
    }
}
