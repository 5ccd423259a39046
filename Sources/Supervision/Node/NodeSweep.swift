package import API
import Content
import Foundation
import Glibc

/// Removes from this node what its sessions shared and what they left, as far as nobody needs it: laid out datasets, environments beyond
/// their limit, and the control groups of sessions that ended while neither a supervisor nor a shim was there to do it.
package struct NodeSweep: Sendable {
    /// Where sessions, datasets laid out and environments lie.
    package var sessions: String
    package var trees: String
    package var environments: String
    /// The manifests of all that there is.
    package var live: Set<Digest>
    /// The numbers of sessions that may have something running.
    package var active: Set<Int64>

    package init(sessions: String, trees: String, environments: String, live: Set<Digest>, active: Set<Int64>) {
        self.sessions = sessions
        self.trees = trees
        self.environments = environments
        self.live = live
        self.active = active
    }

    /// Does not block its caller's thread. May be called at any time, also while sessions begin.
    package func onOwnThread() async throws {
        try await Supervision.onOwnThread { [self] in try run() }
    }

    func run() throws {
        sweepGroups(.detect())
        try DatasetTreeSweep(directory: trees, live: live).run()
        if access(environments, F_OK) == 0 { try Environments(directory: environments).prune() }
    }

    func sweepGroups(_ groups: ControlGroups) {
        var left: [Int64: [ControlGroups.Session.Group]] = [:]
        for hierarchy in groups.hierarchies {
            // Not there: then nothing is left.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: hierarchy.path)) ?? [] {
                guard let id = name.split(separator: "-").first.flatMap({ Int64($0) }), !active.contains(id) else { continue }
                // Another platform on this machine has sessions of the same number.
                let own = Supervisor.groupName(ofSession: "\(sessions)/\(id)")
                guard name == own || name.hasPrefix("\(own)-") else { continue }
                left[id, default: []].append(.init(path: "\(hierarchy.path)/\(name)", kind: hierarchy.kind))
            }
        }
        for (id, groups) in left {
            let files = SessionFiles(directory: "\(sessions)/\(id)")
            guard !FileLock.isHeld(files.supervisorLock), !FileLock.isHeld(files.shimLock) else { continue }
            let session = ControlGroups.Session(groups: groups)
            if session.killUntilEmpty(limit: .seconds(1)) { session.remove() }
        }
    }
}
