import API
import Content
import Foundation
import Glibc

/// Gives files of one content directory to another: by a hard link where both are on one file system, else byte by byte, and
/// then compared with the hash. Content never changes, so a link is as good as a copy, except against the death of that disk.
struct ContentCopy: Sendable {
    enum Outcome {
        case had, made, missing
    }

    let source: URL
    let target: URL
    /// Never links.
    let copies: Bool

    /// Makes the target's directories.
    func prepare() throws {
        for byte in UInt8.min...UInt8.max {
            try FileManager.default.createDirectory(at: Self.directory(byte, in: target), withIntermediateDirectories: true)
        }
    }

    static func directory(_ byte: UInt8, in content: URL) -> URL {
        content.appending(path: (byte < 16 ? "0" : "") + String(byte, radix: 16))
    }

    private static func path(_ digest: Digest, in directory: URL) -> String {
        let digits = "\(digest)"
        return directory.appending(path: "\(digits.prefix(2))/\(digits.dropFirst(2))").path(percentEncoded: false)
    }

    /// Throws when the target cannot be written; what is wrong with the source is an outcome. Nothing is flushed.
    func give(_ digest: Digest, bytes: Int64) throws -> Outcome {
        let (from, to) = (Self.path(digest, in: source), Self.path(digest, in: target))
        if Self.size(to) == bytes { return .had }
        guard let size = Self.size(from), size == bytes else { return .missing }
        // Of another length: what a crash left, or damage.
        unlink(to)
        if !copies, link(from, to) == 0 { return .made }
        return try copy(digest, from, to) ? .made : .missing
    }

    private static func size(_ path: String) -> Int64? {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    private func copy(_ digest: Digest, _ from: String, _ to: String) throws -> Bool {
        // Swept away this moment, or unreadable: the caller counts it.
        guard let file = try? OpenFile(from, O_RDONLY | O_NOFOLLOW, called: "content \(digest)") else { return false }
        let temporary = to + ".new"
        unlink(temporary)
        let copy = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o444, called: "content \(digest)")
        var hash = RunningHash()
        var offset: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count: Int
            do { count = try file.read(into: buffer, at: offset) } catch {
                unlink(temporary)
                return false
            }
            guard count > 0 else { break }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hash.update(piece)
            try copy.write(piece, at: offset)
            offset += Int64(count)
        }
        guard hash.finish() == digest, rename(temporary, to) == 0 else {
            unlink(temporary)
            return false
        }
        return true
    }
}
