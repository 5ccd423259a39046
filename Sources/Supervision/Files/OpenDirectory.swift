import CLinux
import Glibc

/// A directory held open, and what lies directly in it.
///
/// A session's process may write in its own directories while we, perhaps as root, work there. So nothing below them is
/// reached by a path: each component is opened from the one before without following links, and what a name means cannot
/// be exchanged under us (rule C3).
final class OpenDirectory: Sendable {
    /// One name in a directory. The name is bytes, not text: a user may call a file anything.
    struct Entry {
        enum Kind {
            case file, directory, other
        }

        /// Ends with a zero byte.
        var name: [CChar]
        var kind: Kind
        var size: Int64
        var isExecutable: Bool

        /// nil when the name is no UTF-8.
        var text: String? { String(validating: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }

    let descriptor: Int32

    /// Opens a directory whose whole path only we can change.
    convenience init(trusted path: String) throws(SystemError) {
        self.init(
            owning: try SystemError.check("open \(path)") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    }

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Opens the directory `name` in this one; a link is refused.
    func directory(_ name: String) throws(SystemError) -> OpenDirectory {
        try Self.check(name)
        return OpenDirectory(
            owning: try SystemError.check("open \(name)") {
                openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            })
    }

    private func directory(_ name: [CChar]) throws(SystemError) -> OpenDirectory {
        OpenDirectory(
            owning: try SystemError.check("open a directory") {
                openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            })
    }

    /// Whether there is anything called so.
    func holds(_ name: String) -> Bool { faccessat(descriptor, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 }

    /// Opens the directory `name`, which is made when it is not there.
    func makeDirectory(_ name: String, mode: mode_t = 0o700) throws(SystemError) -> OpenDirectory {
        try Self.check(name)
        if mkdirat(descriptor, name, mode) != 0, errno != EEXIST { throw SystemError("make \(name)") }
        return try directory(name)
    }

    /// Opens the regular file `name` for reading. A link, a pipe or a device is refused.
    func openFile(_ name: String) throws(SystemError) -> Int32 {
        try Self.check(name)
        let file = try SystemError.check("open \(name)") {
            openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw SystemError("open \(name)", code: EINVAL)
        }
        return file
    }

    func entries() throws(SystemError) -> [Entry] {
        // A descriptor of its own: closedir closes it, and the position in it is not shared.
        let copy = try SystemError.check("open a directory") { openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let error = SystemError("read a directory")
            close(copy)
            throw error
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let found = readdir(stream) {
            let name = withUnsafePointer(to: &found.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1)) }
            }
            guard name != [0x2E, 0], name != [0x2E, 0x2E, 0] else { continue }
            var status = stat()
            // What has gone in the meantime is simply not there.
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            let kind: Entry.Kind =
                switch status.st_mode & S_IFMT {
                case S_IFREG: .file
                case S_IFDIR: .directory
                default: .other
                }
            entries.append(Entry(name: name, kind: kind, size: Int64(status.st_size), isExecutable: status.st_mode & 0o100 != 0))
        }
        return entries
    }

    /// Removes `name` and all below it. What is not there is no error.
    func remove(_ name: String) throws(SystemError) {
        try Self.check(name)
        try remove(Array(name.utf8CString))
    }

    private func remove(_ name: [CChar]) throws(SystemError) {
        if unlinkat(descriptor, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM || errno == EACCES else { throw SystemError("remove a file") }
        try directory(name).removeContents()
        if unlinkat(descriptor, name, AT_REMOVEDIR) != 0, errno != ENOENT { throw SystemError("remove a directory") }
    }

    func removeContents() throws(SystemError) {
        fchmod(descriptor, 0o700)
        for entry in try entries() { try remove(entry.name) }
    }

    /// Gives all below, and this itself, to `user`. Links are not followed.
    func giveTo(user: uid_t) throws(SystemError) {
        for entry in try entries() {
            if entry.kind == .directory { try directory(entry.name).giveTo(user: user) }
            try SystemError.check("change the owner") { fchownat(descriptor, entry.name, user, user, AT_SYMLINK_NOFOLLOW) }
        }
        try SystemError.check("change the owner") { fchown(descriptor, user, user) }
    }

    /// Makes all below, and this itself, readable for everybody and writable for nobody; `owner` nil leaves whose it is.
    func protect(owner: uid_t?) throws(SystemError) {
        for entry in try entries() where entry.kind != .other {
            if let owner {
                try SystemError.check("change the owner") { fchownat(descriptor, entry.name, owner, owner, AT_SYMLINK_NOFOLLOW) }
            }
            if entry.kind == .directory {
                try directory(entry.name).protect(owner: owner)
            } else {
                fchmodat(descriptor, entry.name, entry.isExecutable ? 0o555 : 0o444, 0)
            }
        }
        if let owner { try SystemError.check("change the owner") { fchown(descriptor, owner, owner) } }
        // Its owner may still remove it.
        fchmod(descriptor, 0o755)
    }

    /// Moves `name` into another directory of the same file system.
    func move(_ name: String, to target: OpenDirectory, as newName: String) throws(SystemError) {
        try Self.check(name)
        try Self.check(newName)
        try SystemError.check("move \(name)") { renameat(descriptor, name, target.descriptor, newName) }
    }

    /// Copies the regular files below, and the directories, into `target`; links and special files are left out.
    func copy(into target: OpenDirectory) throws(SystemError) {
        for entry in try entries() {
            switch entry.kind {
            case .directory:
                try SystemError.check("make a directory") { mkdirat(target.descriptor, entry.name, 0o700) }
                try directory(entry.name).copy(into: try target.directory(entry.name))
            case .file: try copyFile(entry, into: target)
            case .other: continue
            }
        }
    }

    private func copyFile(_ entry: Entry, into target: OpenDirectory) throws(SystemError) {
        let source = try SystemError.check("open a file") {
            openat(descriptor, entry.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
        defer { close(source) }
        let copy = try SystemError.check("make a file") {
            openat(target.descriptor, entry.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.isExecutable ? 0o700 : 0o600)
        }
        defer { close(copy) }
        while try SystemError.check("copy a file", { nsml_copy_range(source, copy, 1 << 30) }) > 0 {}
    }

    /// The bytes of all files below.
    func totalBytes() throws(SystemError) -> Int64 {
        var total: Int64 = 0
        for entry in try entries() {
            switch entry.kind {
            case .file: total += entry.size
            case .directory: total += try directory(entry.name).totalBytes()
            case .other: continue
            }
        }
        return total
    }

    private static func check(_ name: String) throws(SystemError) {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(0x2F), !name.utf8.contains(0) else {
            throw SystemError("open '\(name)'", code: EINVAL)
        }
    }
}
