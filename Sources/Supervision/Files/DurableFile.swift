import API
import Foundation
import Glibc

/// Small files that are whole or not there at all, also after a power cut: written under another name, flushed, renamed.
enum DurableFile {
    /// - Parameter flushes: false where losing the file to a power cut costs nothing, as for what names a process of this boot.
    static func write(_ bytes: some Sequence<UInt8>, to path: String, mode: mode_t = 0o600, flushes: Bool = true) throws {
        let temporary = "\(path).\(getpid()).new"
        let file = try SystemError.check("write \(path)") { open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode) }
        do {
            defer { close(file) }
            try writeAll(Array(bytes), to: file, path: path)
            if flushes { try SystemError.check("flush \(path)") { fsync(file) } }
        } catch {
            unlink(temporary)
            throw error
        }
        try SystemError.check("rename \(path)") { rename(temporary, path) }
        if flushes { try flushDirectory((path as NSString).deletingLastPathComponent) }
    }

    static func write(json value: some Encodable, to path: String, flushes: Bool = true) throws {
        try write(Wire.encoder().encode(value), to: path, flushes: flushes)
    }

    /// The value in the file; nil when there is no file, or none that can be read as such a value.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) -> Value? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        // What cannot be read was written by nobody we know, and counts as absent.
        return try? Wire.decoder().decode(type, from: bytes)
    }

    static func flushDirectory(_ path: String) throws(SystemError) {
        let directory = try SystemError.check("open \(path)") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(directory) }
        try SystemError.check("flush \(path)") { fsync(directory) }
    }

    static func writeAll(_ bytes: [UInt8], to file: Int32, path: String) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            done += try SystemError.check("write \(path)") {
                bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: done), bytes.count - done) }
            }
        }
    }
}
