import API
import Content
import Foundation
import Glibc

/// Removes laid out datasets: those of versions that are gone, and of the others those that were not used for longest while what they
/// have of their own, beside the content that they share, is more than a limit. One that a session uses or is about to use stays.
struct DatasetTreeSweep: Sendable {
    static let maximumBytes: Int64 = 100 << 30

    /// The directory of the trees.
    let directory: String
    /// The manifests of the versions that there are.
    let live: Set<Digest>
    var maximumBytes = DatasetTreeSweep.maximumBytes

    private struct Found {
        var path: String
        var bytes: Int64
        var used: Int
        var isLive: Bool
    }

    func run() throws {
        var found: [Found] = []
        for parent in [directory, "\(directory)/hidden"] where access(parent, F_OK) == 0 {
            for entry in try OpenDirectory(trusted: parent).entries() where entry.kind == .directory {
                // What has another name is none of ours.
                guard let name = entry.text, let digest = try? Digest(parsing: String(name.prefix(64))) else { continue }
                let path = "\(parent)/\(name)"
                if let end = name.range(of: Self.partial)?.lowerBound {
                    // Of a supervisor, or of a sweep, that was killed: whoever builds one has the lock.
                    try remove(path, lock: "\(parent)/\(name[..<end]).lock")
                } else {
                    var status = stat()
                    let used = stat("\(path).lock", &status) == 0 ? status.st_mtim.tv_sec : 0
                    found.append(Found(path: path, bytes: Self.ownBytes("\(path).lock"), used: used, isLive: live.contains(digest)))
                }
            }
        }
        for tree in found where !tree.isLive { try removeTree(tree.path) }
        let kept = found.filter(\.isLive).sorted { $0.used < $1.used }
        var total = kept.reduce(0) { $0 + $1.bytes }
        for tree in kept where total > maximumBytes && tree.bytes > 0 {
            if try removeTree(tree.path) { total -= tree.bytes }
        }
    }

    private static let partial = ".partial-"

    /// Whether it is gone.
    @discardableResult
    private func removeTree(_ path: String) throws -> Bool {
        guard let lock = try FileLock.tryAcquire("\(path).lock") else { return false }
        defer { withExtendedLifetime(lock) {} }
        // Away from its name at once, so that nobody takes half of it for whole.
        let removed = "\(path)\(Self.partial)removed"
        try TreeRemoval.remove(removed)
        try SystemError.check("remove \(path)") { rename(path, removed) }
        try TreeRemoval.remove(removed)
        return true
    }

    private func remove(_ path: String, lock lockPath: String) throws {
        guard let lock = try FileLock.tryAcquire(lockPath) else { return }
        try TreeRemoval.remove(path)
        withExtendedLifetime(lock) {}
    }

    /// What a tree has of its own, as was noted when it was made; 0 where nothing was.
    private static func ownBytes(_ lockPath: String) -> Int64 {
        FileManager.default.contents(atPath: lockPath).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
    }

    /// Into the lock's own file, which must not be replaced.
    static func write(ownBytes: Int64, to lockPath: String) throws {
        let file = try SystemError.check("open \(lockPath)") { open(lockPath, O_WRONLY | O_TRUNC | O_CLOEXEC) }
        defer { close(file) }
        let text = "\(ownBytes)"
        try SystemError.check("write \(lockPath)") { Int32(Glibc.write(file, text, text.utf8.count)) }
    }
}
