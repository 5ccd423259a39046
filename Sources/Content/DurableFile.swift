import API
import Foundation
import Glibc

/// Small files that are whole or not there at all, also after a power cut: written under another name, flushed, renamed.
package enum DurableFile {
    /// - Parameter flushes: false where losing the file to a power cut costs nothing, as for what names a process of this boot.
    package static func write(_ bytes: some Sequence<UInt8>, to path: String, mode: UInt32 = 0o600, flushes: Bool = true) throws {
        try put(bytes, at: path, mode: mode, flushes: flushes)
        if flushes { try flushDirectory((path as NSString).deletingLastPathComponent) }
    }

    /// Several files of one directory, whose names need to be flushed only once.
    package static func write(_ files: [(name: String, bytes: [UInt8])], in directory: String) throws {
        for file in files { try put(file.bytes, at: "\(directory)/\(file.name)", mode: 0o600, flushes: true) }
        try flushDirectory(directory)
    }

    private static func put(_ bytes: some Sequence<UInt8>, at path: String, mode: UInt32, flushes: Bool) throws {
        let name = (path as NSString).lastPathComponent
        let temporary = "\(path).\(getpid()).new"
        do {
            // A link that somebody put there would lead elsewhere: whatever has the name is replaced.
            let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode, called: name)
            // Whatever the process's mask is.
            guard fchmod(file.descriptor, mode_t(mode)) == 0 else { throw Failure.system("write", name, errno) }
            try Array(bytes).withUnsafeBytes { try file.write($0, at: 0) }
            guard !flushes || fsync(file.descriptor) == 0 else { throw Failure.system("flush", name, errno) }
            guard rename(temporary, path) == 0 else { throw Failure.system("rename", name, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    package static func write(json value: some Encodable, to path: String, pretty: Bool = false, flushes: Bool = true) throws {
        try write(Wire.encoder(pretty: pretty).encode(value), to: path, flushes: flushes)
    }

    /// The value in the file; nil when there is no file, or none that can be read as such a value.
    package static func read<Value: Decodable>(_ type: Value.Type, from path: String) -> Value? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        // What cannot be read was written by nobody we know, and counts as absent.
        return try? Wire.decoder().decode(type, from: bytes)
    }

    /// Makes the names in a directory durable.
    package static func flushDirectory(_ path: String) throws {
        let directory = try OpenFile(path, O_RDONLY | O_DIRECTORY, called: (path as NSString).lastPathComponent)
        guard fsync(directory.descriptor) == 0 else { throw Failure.system("flush", directory.name, errno) }
    }
}
