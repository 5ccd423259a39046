import API
import Glibc

/// Removes laid out trees, whose directories may be read-only.
package enum TreeRemoval {
    /// Deeper than any manifest: the recursion ends before the descriptors do.
    private static let maximumDepth = 512

    /// Removes `path` and everything below it. What is not there is no error; links are removed, not followed. Blocks.
    package static func remove(_ path: String) throws {
        try remove(path.utf8.map { CChar(bitPattern: $0) } + [0], in: AT_FDCWD, depth: 0)
    }

    /// `name` ends with 0; it need not be UTF-8, because sessions may call their files what they like.
    private static func remove(_ name: [CChar], in directory: CInt, depth: Int) throws {
        if unlinkat(directory, name, 0) == 0 || errno == ENOENT { return }
        func failure() -> Failure {
            .system("remove", String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), errno)
        }
        guard errno == EISDIR || errno == EPERM || errno == EACCES, depth < maximumDepth else { throw failure() }
        let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        do {
            let inner = OpenFile(taking: descriptor, called: "a directory")
            fchmod(descriptor, 0o700)
            for child in try DirectoryListing.entries(of: inner) {
                try remove(child.bytes.map { CChar(bitPattern: $0) } + [0], in: descriptor, depth: depth + 1)
            }
        }
        guard unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw failure() }
    }
}
