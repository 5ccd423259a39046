package import API
import CLinux
import Glibc

/// An open file or directory, closed when nobody holds it any more. Errors are `Failure`s that call it by `name`.
package final class OpenFile: Sendable {
    package let descriptor: CInt
    /// What messages call it: a path of the user's, or a digest; never a path of the server's.
    package let name: String

    package init(taking descriptor: CInt, called name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Opens `path`, relative to `directory` when it is not absolute.
    package init(
        _ path: String, _ flags: CInt, mode: UInt32 = 0o600, in directory: CInt = AT_FDCWD, called name: String? = nil
    ) throws {
        self.name = name ?? path
        descriptor = retrying { openat(directory, path, flags | O_CLOEXEC, mode_t(mode)) }
        guard descriptor >= 0 else { throw Failure.system("open", self.name, errno) }
    }

    deinit { close(descriptor) }

    package func status() throws -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure.system("look at", name, errno) }
        return FileStatus(status)
    }

    /// Reads up to the size of `buffer` from `offset`; less only at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = retrying {
                pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset) + done)
            }
            guard count >= 0 else { throw Failure.system("read", name, errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of `bytes` at `offset`.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var done = 0
        while done < bytes.count {
            let count = retrying {
                pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + done)
            }
            guard count > 0 else { throw Failure.system("write", name, errno) }
            done += count
        }
    }

    /// On the disk when it returns.
    package func sync() throws {
        guard fsync(descriptor) == 0 else { throw Failure.system("write", name, errno) }
    }
}

/// What the system says of a file.
package struct FileStatus: Sendable, Hashable {
    package var size: Int64
    package var mode: UInt32
    package var inode: UInt64
    package var device: UInt64
    package var modifiedNanoseconds: Int64
    package var changedNanoseconds: Int64

    init(_ status: stat) {
        size = Int64(status.st_size)
        mode = status.st_mode
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changedNanoseconds = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }

    /// nil when there is nothing under that name; links are not followed.
    static func of(_ path: String, in directory: CInt = AT_FDCWD, follow: Bool = false) -> FileStatus? {
        var status = stat()
        guard fstatat(directory, path, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return FileStatus(status)
    }

    package var isRegular: Bool { mode & S_IFMT == S_IFREG }
    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    package var isSymbolicLink: Bool { mode & S_IFMT == S_IFLNK }
    package var isExecutable: Bool { mode & S_IXUSR != 0 }
}

extension Failure {
    /// What the operating system refused, in words.
    package static func system(_ action: String, _ name: String, _ number: CInt) -> Failure {
        let why = String(cString: strerror(number))
        return switch number {
        case ENOSPC, EDQUOT: Failure(.storageFull, "cannot \(action) '\(name)': \(why)", hint: "free some space and try again")
        case EACCES, EPERM: Failure(.localError, "cannot \(action) '\(name)': \(why)", hint: "its permissions do not allow it")
        case EMFILE, ENFILE: Failure(.localError, "cannot \(action) '\(name)': \(why)", hint: "raise the limit on open files")
        default: Failure(.localError, "cannot \(action) '\(name)': \(why)")
        }
    }
}

/// Repeats a call that a signal interrupted.
func retrying<Number: SignedInteger>(_ call: () -> Number) -> Number {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// How many cores this process may use.
func cores() -> Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
