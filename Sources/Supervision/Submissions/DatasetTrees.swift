import API
import Content
import Foundation
import Glibc

/// Lays out datasets on this node: one tree for each view of a version, shared by all sessions that see it so.
///
///     TREES/MANIFEST-train            what training sees
///     TREES/hidden/MANIFEST-submit    and the like: with hidden data, for the server alone to go in
///     PATH.lock                       shared by those who use the tree or are about to, locked while it is removed; its time is when it
///                                     was used last, its text the bytes that are the tree's own
struct DatasetTrees: Sendable {
    let plan: SessionPlan
    let store: ContentStore

    /// A tree, kept from being removed for as long as the lock is held.
    struct Tree: Sendable {
        var path: String
        let held: FileLock

        var lockPath: String { "\(path).lock" }
    }

    /// The tree; made if it is not there yet.
    func layOut(_ dataset: SessionPlan.Dataset, as view: DatasetView) async throws -> Tree {
        let parent = view.isHidden ? "\(plan.treesDirectory)/hidden" : plan.treesDirectory
        let path = "\(parent)/\(dataset.manifest)-\(view.rawValue)"
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        // Mounts are made by whoever the server is; without a sandbox the session's user has to get there by itself.
        if view.isHidden { chmod(parent, plan.sandbox == .bubblewrap ? 0o700 : 0o711) }
        let lockPath = "\(path).lock"
        let held = try await onOwnThread { try FileLock.share(lockPath) }
        // That it counts as used now is worth no failure.
        utimensat(AT_FDCWD, lockPath, nil, 0)
        try make(path, dataset, as: view)
        return Tree(path: path, held: held)
    }

    private func make(_ path: String, _ dataset: SessionPlan.Dataset, as view: DatasetView) throws {
        // Reading the manifest of a large dataset takes seconds: not when the tree is there, and nothing known to be damaged.
        let isThere = access(path, F_OK) == 0
        let damaged = try store.damaged()
        if isThere && damaged.isEmpty { return }
        let entries = try Manifest(bytes: store.read(dataset.manifest)).entries
        if let entry = view.entries(of: entries).first(where: { damaged.contains($0.digest) }) {
            throw ContentStore.damaged("content of '\(entry.path)'")
        }
        if isThere { return }
        let own = try store.layOut(view.entries(of: entries), at: URL(filePath: path, directoryHint: .isDirectory), as: .shared)
        guard own > 0 else { return }
        try DatasetTreeSweep.write(ownBytes: own, to: "\(path).lock")
    }
}
