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

/// A pack (see `Pack`) of small files, read on workers as it is asked for, some files at a time.
struct PackChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    private static let chunkBytes = 1 << 20

    let entries: [Manifest.Entry]
    let scan: Scan
    let workers: WorkerPool
    /// Called with how many bytes of content have been handed on.
    let passed: @Sendable (Int64) -> Void

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: PackChunks
        private var position = 0
        private var content: Int64 = 0

        init(chunks: PackChunks) { self.chunks = chunks }

        mutating func next() async throws -> [UInt8]? {
            if content > 0 { chunks.passed(content) }
            let (entries, scan) = (chunks.entries, chunks.scan)
            var size = 0
            let files = entries[position...].prefix { entry in
                defer { size += Pack.headerBytes + Int(entry.size) }
                return size < PackChunks.chunkBytes
            }
            guard !files.isEmpty else { return nil }
            let bytes = try await chunks.workers.run { try PackChunks.read(files, of: scan) }
            position += files.count
            content += Int64(bytes.count - files.count * Pack.headerBytes)
            return bytes
        }
    }

    /// That they are what the scan found is for the server to see, which hashes them anyway.
    private static func read(_ files: ArraySlice<Manifest.Entry>, of scan: Scan) throws -> [UInt8] {
        let size = files.reduce(0) { $0 + Pack.headerBytes + Int($1.size) }
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let all = UnsafeMutableRawBufferPointer(buffer)
            for entry in files {
                all[count...].copyBytes(from: Pack.header(entry.digest, size: entry.size))
                count += Pack.headerBytes
                let place = UnsafeMutableRawBufferPointer(rebasing: all[count..<(count + Int(entry.size))])
                guard try scan.open(entry).read(into: place, at: 0) == place.count else { throw Push.changed(entry) }
                count += place.count
            }
        }
    }
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
