package import API
package import Foundation
import Glibc
import Hardware

/// Where a platform's things lie on disk, and the lock that keeps a second server out.
///
///     nsml.sqlite, series.sqlite    the databases
///     content/                      content by SHA-256
///     logs/ID.log, ID.times         what sessions printed, and when
///     sessions/ID/                  one directory for each session
///     environments/HASH/            built once, shared
///     trees/MANIFEST/               datasets laid out once, shared
///     library/                      the Python package `nsml`
///     server.pid, server.lock       which server runs here
package struct DataDirectory: Sendable {
    package let root: URL

    package init(_ root: URL) throws {
        self.root = root
        // Sessions run under other user ids when the server is root: they must be able to pass through, and to list nothing.
        for directory in [root, content, logs, sessions, environments, trees, library] {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            chmod(directory.path, 0o711)
        }
        chmod(logs.path, 0o700)
    }

    package var content: URL { root.appending(path: "content") }
    package var logs: URL { root.appending(path: "logs") }
    package var sessions: URL { root.appending(path: "sessions") }
    package var environments: URL { root.appending(path: "environments") }
    package var trees: URL { root.appending(path: "trees") }
    package var library: URL { root.appending(path: "library") }

    /// A session's directory; named by our own number, never by anything a client said.
    package func session(_ id: Int64) -> URL { sessions.appending(path: "\(id)") }

    /// How many bytes the file system has left for us.
    package func freeBytes() -> Int64 {
        // Unknown is no reason to refuse anything: a disk that is full says so itself.
        (try? Machine.freeDiskBytes(at: root.path)) ?? .max
    }

    /// Takes the directory for this process until it ends, or says who has it.
    ///
    /// - Returns: the descriptor that holds the lock; the caller keeps it open.
    package func lock() throws -> Int32 {
        let path = root.appending(path: "server.lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(.localError, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(
                .alreadyExists, "a server already runs on \(root.path)", hint: "'nsml status' shows it; 'nsml down' ends it")
        }
        return descriptor
    }
}

/// Writes `bytes` so that after a crash the file has either its old or its new content.
package func writeDurably(_ bytes: Data, to url: URL, mode: mode_t) throws {
    try writeDurably([(url.lastPathComponent, bytes)], in: url.deletingLastPathComponent(), mode: mode)
}

/// The same for several files of one directory, whose names need to be flushed only once.
package func writeDurably(_ files: [(name: String, bytes: Data)], in directory: URL, mode: mode_t) throws {
    let temporaries = files.map { directory.appending(path: ".\($0.name).\(getpid())") }
    for (file, temporary) in zip(files, temporaries) { try writeFlushed(file.bytes, to: temporary, mode: mode) }
    for (file, temporary) in zip(files, temporaries) {
        let url = directory.appending(path: file.name)
        guard rename(temporary.path, url.path) == 0 else { throw storageFailure("rename", url) }
    }
    try syncDirectory(directory)
}

private func writeFlushed(_ bytes: Data, to url: URL, mode: mode_t) throws {
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw storageFailure("open", url) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written) }
        guard count > 0 else { throw storageFailure("write", url) }
        written += count
    }
    guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw storageFailure("sync", url) }
}

/// Makes the names in a directory durable.
package func syncDirectory(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw storageFailure("open", url) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw storageFailure("sync", url) }
}

/// What the operating system said when `action` on `url` failed, as a `Failure`.
package func storageFailure(_ action: String, _ url: URL) -> Failure {
    let code = errno
    let reason = String(cString: strerror(code))
    guard code == ENOSPC || code == EDQUOT else {
        return Failure(.localError, "cannot \(action) \(url.lastPathComponent): \(reason)")
    }
    return Failure(
        .storageFull, "the platform's disk is full",
        hint: "free space, or remove sessions with 'nsml rm' and checkpoints with 'nsml model rm'")
}
