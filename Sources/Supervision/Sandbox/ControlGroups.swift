import Foundation
import Glibc

/// Control groups of this machine as they are found, version 1, version 2 or both at once, and one group for each session in
/// each hierarchy that we may write to: `nsml/NAME`. Limits, counting and killing go by group, never by a single process.
struct ControlGroups: Sendable {
    /// The session's groups, as they are written down for the shim.
    struct Session: Codable, Sendable, Equatable {
        struct Group: Codable, Sendable, Equatable {
            var path: String
            /// `memory`, `cpu`, `pids`, `freezer` of version 1; `unified` for version 2.
            var kind: String
        }

        var groups: [Group]
    }

    struct Limits: Sendable, Equatable {
        var memoryBytes: Int64
        var cpus: Int
        var processes: Int
    }

    /// One hierarchy that we can use.
    struct Hierarchy: Sendable, Equatable {
        var kind: String
        /// The directory below which our groups are made.
        var path: String
        /// For `unified`: the controllers that groups below `path` can have.
        var controllers: Set<String> = []
    }

    static let maximumProcesses = 4096
    private static let wanted = ["memory", "cpu", "pids", "freezer"]

    var hierarchies: [Hierarchy]

    /// Looks at the mounts of this machine, and makes `nsml` in each hierarchy where that is allowed.
    static func detect() -> ControlGroups {
        let mounts = String(decoding: FileManager.default.contents(atPath: "/proc/self/mounts") ?? Data(), as: UTF8.self)
        let own = String(decoding: FileManager.default.contents(atPath: "/proc/self/cgroup") ?? Data(), as: UTF8.self)
        return ControlGroups(hierarchies: find(mounts: mounts, ownGroups: own).compactMap(prepare))
    }

    /// The hierarchies that would serve, best place first, as the texts of `/proc/self/mounts` and `/proc/self/cgroup` say.
    static func find(mounts: String, ownGroups: String) -> [Hierarchy] {
        var found: [Hierarchy] = []
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 4 else { continue }
            let path = String(fields[1])
            if fields[2] == "cgroup2" {
                found.append(Hierarchy(kind: "unified", path: path + ownGroup(in: ownGroups, controller: nil)))
            } else if fields[2] == "cgroup" {
                let options = Set(fields[3].split(separator: ",").map(String.init))
                // At the top: the groups of who started the server, a shell or a unit being restarted, must not end sessions.
                for kind in wanted where options.contains(kind) { found.append(Hierarchy(kind: kind, path: path)) }
            }
        }
        return found
    }

    /// The group that this process is in: `0::/a/b` for version 2.
    private static func ownGroup(in text: String, controller: String?) -> String {
        let line = text.split(separator: "\n").first { $0.hasPrefix("0::") }
        let group = line.map { String($0.dropFirst(3)) } ?? "/"
        return group == "/" ? "" : group
    }

    /// Makes our place in the hierarchy. nil where that is not allowed.
    private static func prepare(_ hierarchy: Hierarchy) -> Hierarchy? {
        if hierarchy.kind != "unified" { return make("\(hierarchy.path)/nsml").map { Hierarchy(kind: hierarchy.kind, path: $0) } }
        // Version 2 allows no processes beside groups with controllers, so ours begin as near to the root as we may write.
        for root in candidates(hierarchy.path) {
            let wanted = ["memory", "cpu", "pids"]
            for controller in wanted { write("+\(controller)", to: "\(root)/cgroup.subtree_control") }
            guard let path = make("\(root)/nsml") else { continue }
            for controller in wanted { write("+\(controller)", to: "\(path)/cgroup.subtree_control") }
            let controllers = Set(read("\(path)/cgroup.subtree_control").split(whereSeparator: \.isWhitespace).map(String.init))
            return Hierarchy(kind: "unified", path: path, controllers: controllers)
        }
        return nil
    }

    /// `/a`, `/a/b`, `/a/b/c` below the mount.
    private static func candidates(_ path: String) -> [String] {
        guard let mount = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].first(where: { path.hasPrefix($0) }) else { return [path] }
        var found = [mount]
        for component in path.dropFirst(mount.count).split(separator: "/") { found.append("\(found[found.count - 1])/\(component)") }
        return found
    }

    private static func make(_ path: String) -> String? {
        if mkdir(path, 0o755) != 0, errno != EEXIST { return nil }
        return access("\(path)/cgroup.procs", W_OK) == 0 ? path : nil
    }

    /// What limits cannot be kept on this machine, for people; empty when all can.
    var notes: [String] {
        let missing = [("memory", "memory"), ("cpu", "CPU time"), ("pids", "the number of processes")].filter { !limits($0.0) }
        guard !missing.isEmpty else { return [] }
        let what = missing.map(\.1).joined(separator: ", ")
        return ["sessions are not limited in \(what): no control group for it can be written here"]
    }

    private func limits(_ controller: String) -> Bool {
        hierarchies.contains { $0.kind == controller || $0.controllers.contains(controller) }
    }

    /// Makes the session's groups and sets their limits. Groups left by an earlier placement are used again.
    func makeSession(_ name: String, limits: Limits) -> Session {
        var session = Session(groups: [])
        for hierarchy in hierarchies {
            guard let path = Self.make("\(hierarchy.path)/\(name)") else { continue }
            session.groups.append(Session.Group(path: path, kind: hierarchy.kind))
            for (file, value) in Self.settings(hierarchy, limits: limits) { Self.write(value, to: "\(path)/\(file)") }
        }
        return session
    }

    /// Which files get which values.
    static func settings(_ hierarchy: Hierarchy, limits: Limits) -> [(file: String, value: String)] {
        let period = 100_000
        switch hierarchy.kind {
        case "memory":
            // The second counts swap too, and may not be below the first; it is absent where swap is not counted.
            return [("memory.limit_in_bytes", "\(limits.memoryBytes)"), ("memory.memsw.limit_in_bytes", "\(limits.memoryBytes)")]
        case "cpu":
            return [("cpu.cfs_period_us", "\(period)"), ("cpu.cfs_quota_us", "\(limits.cpus * period)")]
        case "pids": return [("pids.max", "\(limits.processes)")]
        case "unified":
            var settings: [(String, String)] = []
            if hierarchy.controllers.contains("memory") {
                settings += [("memory.max", "\(limits.memoryBytes)"), ("memory.swap.max", "0"), ("memory.oom.group", "1")]
            }
            if hierarchy.controllers.contains("cpu") { settings.append(("cpu.max", "\(limits.cpus * period) \(period)")) }
            if hierarchy.controllers.contains("pids") { settings.append(("pids.max", "\(limits.processes)")) }
            return settings
        default: return []
        }
    }

    @discardableResult
    static func write(_ value: String, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return Glibc.write(file, value, value.utf8.count) == value.utf8.count
    }

    static func read(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
