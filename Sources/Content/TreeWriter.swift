package import API
import CLinux
package import Foundation
import Glibc

/// Writes files of a manifest into a directory of the user's, which may hold other files already.
///
/// Each file is written under a temporary name and renamed when it is whole. Every component of a path is opened from the
/// one above without following links, so nothing is ever written outside (C4).
package final class TreeWriter: Sendable {
    private let top: OpenFile

    /// Makes `directory` when it is missing.
    package init(directory: URL) throws {
        let path = directory.path(percentEncoded: false).trimmingTrailingSlash
        do { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) } catch {
            throw Failure(.localError, "cannot make the directory '\(path)'", hint: "is there a file of that name?")
        }
        top = try OpenFile(path, O_RDONLY | O_DIRECTORY)
    }

    /// A file on its way: bytes are appended, then it is placed or dropped.
    package final class Piece: Sendable {
        fileprivate let name: String
        fileprivate let file: OpenFile
        fileprivate let top: OpenFile

        fileprivate init(in top: OpenFile) throws {
            self.top = top
            name = ".nsml-pull-\(UUID().uuidString)"
            file = try OpenFile(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o666, in: top.descriptor)
        }

        deinit { unlinkat(top.descriptor, name, 0) }

        package func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws { try file.write(bytes: bytes, at: offset) }
    }

    /// Starts a file, which goes away again unless it is placed. Blocks, like all that follows.
    package func begin() throws -> Piece { try Piece(in: top) }

    /// What lies at the entry's path: nil for nothing, else whether it is the entry's content already.
    package func holds(_ entry: Manifest.Entry) throws -> Bool? {
        guard let (parent, name) = try parent(of: entry.path, making: false) else { return nil }
        guard let status = FileStatus.of(name, in: parent.descriptor) else { return nil }
        guard status.isRegular, status.size == entry.size else { return false }
        let file = try OpenFile(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, in: parent.descriptor, called: entry.path)
        return try withScratch(ContentStore.blockBytes) { try file.hash(size: entry.size, buffer: $0) } == entry.digest
    }

    /// Puts a whole file at the paths of all `entries`, which have the same content. Throws `already_exists` for a path that
    /// is taken, unless `overwrite` is set; a directory is never replaced.
    package func place(_ piece: Piece, as entries: [Manifest.Entry], overwrite: Bool) throws {
        for (index, entry) in entries.enumerated() {
            let isLast = index == entries.count - 1
            let source = isLast ? piece : try copy(piece, bytes: entry.size)
            let mode = try source.file.status().mode
            // What may read may run.
            if entry.isExecutable { fchmod(source.file.descriptor, mode | (mode & 0o444) >> 2) }
            guard let (parent, name) = try parent(of: entry.path, making: true) else { continue }
            let result =
                overwrite
                ? renameat(top.descriptor, source.name, parent.descriptor, name)
                : nsml_rename_exclusive(top.descriptor, source.name, parent.descriptor, name)
            guard result != 0 else { continue }
            if errno == EEXIST { throw Self.taken(entry.path) }
            throw Failure.system("write", entry.path, errno)
        }
    }

    package static func taken(_ path: String) -> Failure {
        Failure(.alreadyExists, "'\(path)' exists already and differs", hint: "-f replaces it; or choose another directory")
    }

    private func copy(_ piece: Piece, bytes: Int64) throws -> Piece {
        let copy = try begin()
        try withScratch(ContentStore.blockBytes) { buffer in
            var offset: Int64 = 0
            while offset < bytes {
                let count = try piece.file.read(into: buffer, at: offset)
                guard count > 0 else { throw Failure.system("read", piece.file.name, EIO) }
                try copy.file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: offset)
                offset += Int64(count)
            }
        }
        return copy
    }

    /// The directory that `path` lies in, and its name there; nil when that directory is missing and is not to be made.
    private func parent(of path: String, making: Bool) throws -> (OpenFile, String)? {
        try Manifest.checkPath(path)
        let components = path.split(separator: "/").map(String.init)
        var directory = top
        for component in components.dropLast() {
            if making, mkdirat(directory.descriptor, component, 0o777) != 0, errno != EEXIST {
                throw Failure.system("make", path, errno)
            }
            let next = openat(directory.descriptor, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if next < 0 && errno == ENOENT && !making { return nil }
            guard next >= 0 else {
                guard errno == ELOOP || errno == ENOTDIR else { throw Failure.system("open", path, errno) }
                throw Failure(
                    .alreadyExists, "'\(component)' on the way to '\(path)' is a file or a symbolic link", hint: "use another directory")
            }
            directory = OpenFile(taking: next, called: component)
        }
        return components.last.map { (directory, $0) }
    }
}
