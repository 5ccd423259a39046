package import API
import struct Crypto.SHA256
import Glibc

extension Digest {
    /// The hash of `bytes`.
    package init(of bytes: some Collection<UInt8>) {
        var hash = RunningHash()
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { hash.update(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(bytes).withUnsafeBytes { hash.update($0) } }
        self = hash.finish()
    }

    var firstByte: UInt8 { bytes[0] }
}

/// SHA-256 of bytes that come in pieces.
package struct RunningHash: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    package func finish() -> Digest {
        let digest = hash.finalize().withUnsafeBytes { Digest(bytes: $0) }
        guard let digest else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}

extension OpenFile {
    /// The hash of all that is in the file now. Blocks.
    package func digest() throws -> Digest? {
        let size = try status().size
        return try withScratch(ContentStore.blockBytes) { try hash(size: size, buffer: $0) }
    }

    /// Hashes the file's first `size` bytes with `buffer` as scratch space. nil when the file is shorter.
    func hash(size: Int64, buffer: UnsafeMutableRawBufferPointer) throws -> Digest? {
        if size > Int64(buffer.count) { posix_fadvise(descriptor, 0, 0, CInt(POSIX_FADV_SEQUENTIAL)) }
        var hash = RunningHash()
        var offset: Int64 = 0
        while offset < size {
            let wanted = Int(min(Int64(buffer.count), size - offset))
            let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
            guard count == wanted else { return nil }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
        return hash.finish()
    }

    func write(bytes: some Collection<UInt8>, at offset: Int64) throws {
        let isDone: Void? = try bytes.withContiguousStorageIfAvailable { try write(UnsafeRawBufferPointer($0), at: offset) }
        if isDone == nil { try Array(bytes).withUnsafeBytes { try write($0, at: offset) } }
    }
}

/// Lends a buffer of `count` bytes that is not cleared first.
func withScratch<Value>(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Value) rethrows -> Value {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
    defer { buffer.deallocate() }
    return try body(buffer)
}
