package import API
import Content
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
///     scrub.json                    how far the scrub is
///     reserve                       room that is given back when the disk is full, so that removals work
///     server.pid                    which server runs here, or ran here last, and its address (`ServerProcess`)
///     server.lock                   locked while a server runs here
///     server.sock                   with TLS: where supervisors reach the server
///     restore-unfinished            a backup is being restored here, or that was broken off
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

    /// With TLS, where those who may open it reach the server without.
    package var socket: URL { root.appending(path: "server.sock") }
    package var reserve: URL { root.appending(path: "reserve") }
    package var unfinishedRestore: URL { root.appending(path: "restore-unfinished") }
    package var serverFile: URL { root.appending(path: ServerProcess.fileName) }

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
        guard access(unfinishedRestore.path, F_OK) != 0 else {
            close(descriptor)
            throw Failure(
                .wrongState, "a restore into '\(root.path)' was not finished",
                hint: "remove that directory and run 'nsml restore' again")
        }
        return descriptor
    }
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
