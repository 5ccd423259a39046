import Foundation
import Glibc

/// Puts the platform's own lines into a session's output, among those of its process.
struct OutputNotes: Sendable {
    let path: String

    /// Appends a line. What cannot be written there is nobody's error.
    func say(_ line: String) { append(Array("\(line)\n".utf8)) }

    /// Appends a warning in the form that users of NSML know.
    func warn(_ text: String) { say("NSML Warning) \(text)") }

    func append(_ bytes: [UInt8]) {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        // One write, so that it does not mix with what the process writes.
        _ = write(file, bytes, bytes.count)
    }

    /// How many bytes are there now.
    var size: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// What was written from `offset` on, at most the last part of it.
    func read(from offset: Int64) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        return file < 0 ? [] : FileTail.read(owning: file, from: offset)
    }
}

/// The end of a file.
enum FileTail {
    private static let bytes = 64 << 10

    /// The last part of what lies behind `offset`. Closes the descriptor.
    static func read(owning file: Int32, from offset: Int64 = 0) -> [UInt8] {
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: bytes)
        let count = pread(file, &buffer, bytes, max(off_t(offset), status.st_size - off_t(bytes)))
        return count > 0 ? Array(buffer[..<count]) : []
    }
}
