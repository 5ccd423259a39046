import API
import Content
import Foundation
import Glibc

/// The environments of a node: directories that hold a Python and packages, each built once and shared by all sessions that
/// need the same.
///
///     DIRECTORY/HASH/           a virtual environment, built in place because it cannot be moved; read-only once complete
///     DIRECTORY/HASH/.complete  what is in it; only with this file is it one
///     DIRECTORY/HASH.lock       locked while it is built or removed, shared by those who use it or are about to
///     DIRECTORY/HASH.used       its time is when the environment was used last
///     DIRECTORY/cache/USER/     what was downloaded for a user's builds
///     DIRECTORY/answers/        what Pythons have said of themselves and of files
struct Environments: Sendable {
    /// What `.complete` says.
    struct Complete: Codable, Sendable {
        var requirements: [String]
        var python: String
        var bytes: Int64
        var builtAt: Date
    }

    static let maximumBytes: Int64 = 20 << 30

    let directory: String

    var answers: String { "\(directory)/answers" }
    func path(of hash: String) -> String { "\(directory)/\(hash)" }
    func lockPath(of hash: String) -> String { "\(directory)/\(hash).lock" }

    /// The environment, kept from being removed for as long as the lock is held; nil when it is not there or not whole.
    func hold(_ hash: String) async throws -> FileLock? {
        let path = lockPath(of: hash)
        // Asked first, so that no lock is left behind of what never was.
        guard isComplete(hash) else { return nil }
        let lock = try await onOwnThread { try FileLock.share(path) }
        return isComplete(hash) ? lock : nil
    }

    /// Whether the environment is there and whole; then it counts as used now.
    func isComplete(_ hash: String) -> Bool {
        guard access("\(path(of: hash))/.complete", F_OK) == 0 else { return false }
        let file = open("\(directory)/\(hash).used", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if file >= 0 {
            futimens(file, nil)
            close(file)
        }
        return true
    }

    /// Makes sure that the environment is there: `build` is called, by one supervisor of this node at a time, unless it is.
    /// What it throws is thrown; the half-built directory is then removed.
    ///
    /// - Returns: a lock that keeps it from being removed, to be held until whoever uses it holds one too.
    @discardableResult
    func make(_ hash: String, requirements: Requirements, python: BasePython, build: () async throws -> Void) async throws -> FileLock {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        while true {
            if let held = try await hold(hash) { return held }
            // Between this and the next look it may be removed again, by another that needs the room.
            try await makeOnce(hash, requirements: requirements, python: python, build: build)
        }
    }

    private func makeOnce(_ hash: String, requirements: Requirements, python: BasePython, build: () async throws -> Void) async throws {
        let lockPath = lockPath(of: hash)
        let lock = try await onOwnThread { try FileLock.acquire(lockPath) }
        defer { withExtendedLifetime(lock) {} }
        if isComplete(hash) { return }
        // A builder was killed here.
        try TreeRemoval.remove(path(of: hash))
        do {
            try await build()
        } catch {
            // The first error is the one that counts; the next build removes what is left.
            try? TreeRemoval.remove(path(of: hash))
            throw error
        }
        let complete = Complete(
            requirements: requirements.lines.map(\.text), python: python.version,
            bytes: try OpenDirectory(trusted: path(of: hash)).totalBytes(), builtAt: Date())
        try DurableFile.write(json: complete, to: "\(path(of: hash))/.complete")
        chmod("\(path(of: hash))/.complete", 0o644)
        _ = isComplete(hash)
    }

    /// Removes those that were not used for longest until the rest is small enough. One that is in use, or about to be, is never removed.
    func prune(maximumBytes: Int64 = Environments.maximumBytes) throws {
        var found: [(hash: String, bytes: Int64, used: Int)] = []
        for entry in try OpenDirectory(trusted: directory).entries() where entry.kind == .directory {
            guard let hash = entry.text, let complete = DurableFile.read(Complete.self, from: "\(path(of: hash))/.complete") else {
                continue
            }
            var status = stat()
            let used = stat("\(directory)/\(hash).used", &status) == 0 ? status.st_mtim.tv_sec : 0
            found.append((hash, complete.bytes, used))
        }
        var total = found.reduce(0) { $0 + $1.bytes }
        for (hash, bytes, _) in found.sorted(by: { $0.used < $1.used }) where total > maximumBytes {
            guard let lock = try FileLock.tryAcquire(lockPath(of: hash)) else { continue }
            // First what makes it one, so that nobody takes half of it for whole.
            unlink("\(path(of: hash))/.complete")
            try TreeRemoval.remove(path(of: hash))
            withExtendedLifetime(lock) {}
            total -= bytes
        }
    }
}
