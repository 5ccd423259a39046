import CLinux
import Glibc

/// A lock on a file, held by an open descriptor: it goes with the process that holds it, however that ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    private init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock, or nil when another has it. The file is made when it is not there, and stays.
    static func tryAcquire(_ path: String) throws(SystemError) -> FileLock? {
        let descriptor = try openFile(path)
        if nsml_lock(descriptor, 0) == 0 { return FileLock(owning: descriptor) }
        let code = errno
        close(descriptor)
        guard code == EAGAIN || code == EACCES else { throw SystemError("lock \(path)", code: code) }
        return nil
    }

    /// Waits until nobody else has the lock, then takes it. Blocks its thread.
    static func acquire(_ path: String) throws(SystemError) -> FileLock {
        let descriptor = try openFile(path)
        do {
            try SystemError.check("lock \(path)") { nsml_lock(descriptor, 1) }
        } catch {
            close(descriptor)
            throw error
        }
        return FileLock(owning: descriptor)
    }

    /// Takes the lock together with others who share it. Waits while somebody has it alone; blocks its thread.
    static func share(_ path: String) throws(SystemError) -> FileLock {
        let descriptor = try openFile(path)
        do {
            try SystemError.check("lock \(path)") { nsml_lock_shared(descriptor) }
        } catch {
            close(descriptor)
            throw error
        }
        return FileLock(owning: descriptor)
    }

    /// Whether somebody has the lock. Looking takes none, so it disturbs nobody who is about to.
    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return nsml_is_locked(descriptor) == 1
    }

    private static func openFile(_ path: String) throws(SystemError) -> Int32 {
        try SystemError.check("open \(path)") { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    }
}
