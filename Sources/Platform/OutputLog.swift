import API
import Content
package import Foundation
import Glibc

/// What a session printed, as the server keeps it.
///
///     logs/ID.log      the bytes as they came
///     logs/ID.times    16 bytes each: offset in ID.log, growing, and milliseconds since 1970, both little endian; a
///                      mark says that what lies from its offset on arrived at its time or later. The time goes
///                      back where the machine's clock was set back
///
/// A piece is written at its own offset and synced before the database says that it is there, so a repeat after a
/// crash writes the same bytes to the same place.
package struct OutputLog: Sendable {
    /// Two marks are at least this far apart.
    private static let markIntervalMilliseconds: Int64 = 200
    private static let markBytes = 16

    private let log: URL
    private let times: URL

    package init(directory: DataDirectory, session id: Int64) {
        log = directory.logs.appending(path: "\(id).log")
        times = directory.logs.appending(path: "\(id).times")
    }

    package func write(_ bytes: [UInt8], at offset: Int64, time: Date) throws {
        try withFile(log, O_WRONLY | O_CREAT) { descriptor in
            try Self.writeAll(bytes, to: descriptor, at: offset, of: log)
            guard fdatasync(descriptor) == 0 else { throw storageFailure("sync", log) }
        }
        // A new file has its name on the disk only when its directory is.
        if offset == 0 { try OpenFile(log.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY, called: "the logs").sync() }
        try mark(offset, time: time)
    }

    /// Reads at most `limit` bytes from `offset` on, never beyond `end`.
    package func read(from offset: Int64, limit: Int, end: Int64) throws -> [UInt8] {
        let count = Int(max(0, min(Int64(limit), end - offset)))
        guard count > 0 else { return [] }
        return try withFile(log, O_RDONLY) { descriptor in
            var bytes = [UInt8](repeating: 0, count: count)
            var have = 0
            while have < count {
                let got = bytes.withUnsafeMutableBytes {
                    pread(descriptor, $0.baseAddress?.advanced(by: have), count - have, Int(offset) + have)
                }
                guard got > 0 else { break }
                have += got
            }
            bytes.removeLast(count - have)
            return bytes
        }
    }

    /// How many bytes lie there; 0 when there is no log.
    package var bytes: Int64 {
        var status = stat()
        return stat(log.path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Where the last `lines` lines begin.
    package func offset(ofLastLines lines: Int, end: Int64) throws -> Int64 {
        var position = end
        var wanted = lines
        while position > 0 {
            let start = max(0, position - 65_536)
            let piece = try read(from: start, limit: Int(position - start), end: position)
            for index in piece.indices.reversed() where piece[index] == 0x0A && start + Int64(index) != end - 1 {
                wanted -= 1
                if wanted <= 0 { return start + Int64(index) + 1 }
            }
            position = start
        }
        return 0
    }

    /// The offset of the first byte that arrived at `time` or later.
    package func offset(since time: Date) throws -> Int64? {
        let wanted = Int64(time.timeIntervalSince1970 * 1000)
        return try marks().first { $0.milliseconds >= wanted }?.offset
    }

    /// All marks, oldest first.
    package func marks() throws -> [(offset: Int64, milliseconds: Int64)] {
        guard let data = FileManager.default.contents(atPath: times.path) else { return [] }
        return data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count / Self.markBytes * Self.markBytes, by: Self.markBytes).map { position in
                (
                    Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self)),
                    Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 8, as: Int64.self))
                )
            }
        }
    }

    package func remove() {
        // Not being there is what is wanted.
        try? FileManager.default.removeItem(at: log)
        try? FileManager.default.removeItem(at: times)
    }

    private func mark(_ offset: Int64, time: Date) throws {
        let milliseconds = Int64(time.timeIntervalSince1970 * 1000)
        try withFile(times, O_RDWR | O_CREAT) { descriptor in
            let size = Int64(lseek(descriptor, 0, SEEK_END)) / Int64(Self.markBytes) * Int64(Self.markBytes)
            var last: [Int64] = [-1, 0]
            if size > 0 {
                _ = last.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, Self.markBytes, Int(size) - Self.markBytes) }
            }
            guard offset > last[0], abs(milliseconds - last[1]) >= Self.markIntervalMilliseconds else { return }
            var bytes: [UInt8] = []
            withUnsafeBytes(of: offset.littleEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: milliseconds.littleEndian) { bytes.append(contentsOf: $0) }
            try Self.writeAll(bytes, to: descriptor, at: size, of: times)
        }
    }

    private func withFile<Result>(_ url: URL, _ flags: Int32, _ body: (Int32) throws -> Result) throws -> Result {
        let descriptor = open(url.path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw storageFailure("open", url) }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, at offset: Int64, of url: URL) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written, Int(offset) + written)
            }
            guard count > 0 else { throw storageFailure("write", url) }
            written += count
        }
    }
}
