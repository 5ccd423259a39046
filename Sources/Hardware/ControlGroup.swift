import Foundation

/// The limits that the kernel's control groups set for this process, version 1, version 2 or both at once. A limit of a
/// parent binds as well, so every group from ours up to the root is read and the smallest number counts.
struct ControlGroup: Sendable {
    private let root: URL
    /// Directories from ours to the root of the hierarchy, by controller; version 2 has the empty name.
    private let directories: [String: [URL]]

    init(root: URL) {
        self.root = root
        directories = Self.directories(root: root)
    }

    /// CPUs' worth of time, as in 1.5; nil: no limit.
    var cpuQuota: Double? {
        let unified = groups("").compactMap { Files.read($0.appending(path: "cpu.max")).flatMap(Self.quota) }
        let legacy = groups("cpu").compactMap { group -> Double? in
            guard let quota = number(group, "cpu.cfs_quota_us"), let period = number(group, "cpu.cfs_period_us") else { return nil }
            return Self.quota("\(quota) \(period)")
        }
        return (unified + legacy).min()
    }

    /// nil: no limit.
    var memoryLimitBytes: Int64? {
        let unified = groups("").compactMap { number($0, "memory.max") }
        let legacy = groups("memory").compactMap { number($0, "memory.limit_in_bytes") }
        // Version 1 writes "no limit" as the largest multiple of a page.
        return (unified + legacy).filter { $0 > 0 && $0 < 1 << 60 }.min()
    }

    /// `QUOTA PERIOD` in microseconds; `max` or a negative quota is none.
    static func quota(_ text: String) -> Double? {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else { return nil }
        return quota / period
    }

    private func groups(_ controller: String) -> [URL] { directories[controller] ?? [] }

    private func number(_ group: URL, _ file: String) -> Int64? {
        Files.read(group.appending(path: file)).flatMap { Int64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func directories(root: URL) -> [String: [URL]] {
        let mounts = Files.read(root.appending(path: "proc/self/mountinfo"))?.split(separator: "\n").compactMap { Mount($0) } ?? []
        let memberships = Files.read(root.appending(path: "proc/self/cgroup"))?.split(separator: "\n") ?? []
        var directories: [String: [URL]] = [:]
        for membership in memberships {
            // `4:cpu,cpuacct:/some/group`, and `0::/some/group` for version 2.
            let fields = membership.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].isEmpty ? [""] : fields[1].split(separator: ",").map(String.init) {
                guard let mount = mounts.first(where: { $0.serves(controller) }) else { continue }
                directories[controller] = mount.groups(of: String(fields[2])).map { root.appending(path: $0) }
            }
        }
        return directories
    }
}

/// A mounted hierarchy of control groups: one line of `mountinfo`.
private struct Mount {
    /// The group that is the mount's top: not `/` in a container that sees only its own.
    var top: String
    var point: String
    /// Empty for version 2.
    var controllers: Set<String>

    init?(_ line: Substring) {
        // `36 25 0:31 /top /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory`
        let fields = line.split(separator: " ").map(String.init)
        guard fields.count > 5, let dash = fields.firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
        switch fields[dash + 1] {
        case "cgroup2": controllers = []
        case "cgroup": controllers = Set(fields[dash + 3].split(separator: ",").map(String.init))
        default: return nil
        }
        top = fields[3]
        point = fields[4]
    }

    func serves(_ controller: String) -> Bool {
        controller.isEmpty ? controllers.isEmpty : controllers.contains(controller)
    }

    /// The paths of `group` and of all groups above it that can be seen here.
    func groups(of group: String) -> [String] {
        let below = top != "/" && group.hasPrefix(top) ? String(group.dropFirst(top.count)) : group
        var parts = below.split(separator: "/").map(String.init)
        var paths = [([point] + parts).joined(separator: "/")]
        while !parts.isEmpty {
            parts.removeLast()
            paths.append(([point] + parts).joined(separator: "/"))
        }
        return paths
    }
}
