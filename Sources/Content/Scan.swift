package import API
import CLinux
package import Foundation
import Glibc

/// A directory as it was found: what a manifest will say of it.
package struct Scan: Sendable {
    /// Something that was left out although no rule says so, and why, in words.
    package struct Skipped: Sendable, Hashable {
        package var path: String
        package var reason: String
    }

    package let directory: URL
    /// Sorted by the bytes of their paths.
    package let entries: [Manifest.Entry]
    /// How many files and directories the rules left out; a directory counts once.
    package let ignoredCount: Int
    /// Links and special files.
    package let skipped: [Skipped]
    package let totalBytes: Int64
    let root: TreeRoot

    package func manifest() throws -> Manifest { try Manifest(entries: entries) }

    package func url(of entry: Manifest.Entry) -> URL { directory.appending(path: entry.path, directoryHint: .notDirectory) }

    /// Opens the file of an entry for reading, in the same way as it was scanned; throws a `Failure` when it went away.
    package func open(_ entry: Manifest.Entry) throws -> OpenFile { try root.open(entry.path) }
}

/// The directory of a scan, and how what is below it may be opened.
final class TreeRoot: Sendable {
    let directory: OpenFile
    let followsLinks: Bool

    init(_ url: URL, followsLinks: Bool) throws {
        let path = url.path(percentEncoded: false).trimmingTrailingSlash
        directory = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        self.followsLinks = followsLinks
    }

    /// Opens a file below the root. Without following, no component may be a link, not even one that was put there since
    /// the scan (C3): a supervisor reads what a session, which it does not trust, has written.
    func open(_ path: String, _ flags: CInt = O_RDONLY | O_NONBLOCK) throws -> OpenFile {
        let descriptor = tryOpen(path, flags)
        guard descriptor >= 0 else {
            if errno == ELOOP || errno == EXDEV {
                throw Failure(.localError, "'\(path)' has become a symbolic link", hint: "leave the files alone until the push is done")
            }
            throw Failure.system("read", path, errno)
        }
        return OpenFile(taking: descriptor, called: path)
    }

    /// The descriptor, or -1 with errno.
    func tryOpen(_ path: String, _ flags: CInt = O_RDONLY | O_NONBLOCK) -> CInt {
        if path.isEmpty { return openat(directory.descriptor, ".", flags | O_CLOEXEC) }
        if followsLinks { return retrying { openat(directory.descriptor, path, flags | O_CLOEXEC) } }
        let descriptor = retrying { nsml_open_beneath(directory.descriptor, path, flags) }
        return descriptor < 0 && errno == ENOSYS ? openStepwise(path, flags) : descriptor
    }

    /// For kernels without openat2.
    private func openStepwise(_ path: String, _ flags: CInt) -> CInt {
        let components = path.split(separator: "/").map(String.init)
        var current = directory.descriptor
        for (index, component) in components.enumerated() {
            let isLast = index == components.count - 1
            let next = openat(current, component, (isLast ? flags : O_RDONLY | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC)
            let why = errno
            if current != directory.descriptor { close(current) }
            errno = why
            guard next >= 0 else { return -1 }
            current = next
        }
        return current
    }
}
