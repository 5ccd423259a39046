import API
import Content
import Foundation
import Glibc

/// Lays out datasets on this node: one tree for each view of a version, shared by all sessions that see it so.
///
///     TREES/MANIFEST-train            what training sees
///     TREES/hidden/MANIFEST-submit    and the like: with hidden data, for the server alone to go in
struct DatasetTrees: Sendable {
    let plan: SessionPlan
    let store: ContentStore

    /// The tree's path; made if it is not there yet.
    func layOut(_ dataset: SessionPlan.Dataset, as view: DatasetView) throws -> String {
        let parent = view.isHidden ? "\(plan.treesDirectory)/hidden" : plan.treesDirectory
        let path = "\(parent)/\(dataset.manifest)-\(view.rawValue)"
        // Reading the manifest of a large dataset takes seconds: not when the tree is there, and nothing known to be damaged.
        let isThere = access(path, F_OK) == 0
        let damaged = try store.damaged()
        if isThere && damaged.isEmpty { return path }
        let entries = try Manifest(bytes: store.read(dataset.manifest)).entries
        if let entry = view.entries(of: entries).first(where: { damaged.contains($0.digest) }) {
            throw ContentStore.damaged("content of '\(entry.path)'")
        }
        if isThere { return path }
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        // Mounts are made by whoever the server is; without a sandbox the session's user has to get there by itself.
        if view.isHidden { chmod(parent, plan.sandbox == .bubblewrap ? 0o700 : 0o711) }
        try store.layOut(view.entries(of: entries), at: URL(filePath: path, directoryHint: .isDirectory), as: .shared)
        return path
    }
}
