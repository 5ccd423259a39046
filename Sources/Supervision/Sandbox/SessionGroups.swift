import Foundation
import Glibc

extension ControlGroups.Session {
    /// Where a new process writes itself to join.
    var joinFiles: [String] { groups.map { "\($0.path)/cgroup.procs" } }

    /// Every process in the groups, also those that it has forked into sessions of their own.
    func members() -> Set<Int32> {
        var members: Set<Int32> = []
        for group in groups {
            members.formUnion(ControlGroups.read("\(group.path)/cgroup.procs").split(separator: "\n").compactMap { Int32($0) })
        }
        return members
    }

    /// Kills all members at once, so that none can fork away: by `cgroup.kill`, else frozen first. One round; the caller
    /// looks at `members` for whether it was enough.
    func killAll() {
        for group in groups where group.kind == "unified" { ControlGroups.write("1", to: "\(group.path)/cgroup.kill") }
        let freezer = groups.first { $0.kind == "freezer" }
        if let freezer { ControlGroups.write("FROZEN", to: "\(freezer.path)/freezer.state") }
        for member in members() where member != getpid() { kill(member, SIGKILL) }
        if let freezer { ControlGroups.write("THAWED", to: "\(freezer.path)/freezer.state") }
    }

    /// Kills until nobody is left, at most for `limit`. Whether nobody is.
    func killUntilEmpty(limit: Duration = .seconds(5)) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while true {
            killAll()
            if members().isEmpty { return true }
            if clock.now > end { return false }
            usleep(2_000)
        }
    }

    /// How often the kernel has killed a member for want of memory.
    func outOfMemoryKills() -> Int {
        for group in groups {
            let file = group.kind == "memory" ? "memory.oom_control" : group.kind == "unified" ? "memory.events" : nil
            guard let file else { continue }
            for line in ControlGroups.read("\(group.path)/\(file)").split(separator: "\n") {
                let fields = line.split(separator: " ")
                if fields.count == 2, fields[0] == "oom_kill", let count = Int(fields[1]), count > 0 { return count }
            }
        }
        return 0
    }

    /// The most memory that the members have held together; nil where nobody counts.
    func memoryPeakBytes() -> Int64? {
        for group in groups {
            let file = group.kind == "memory" ? "memory.max_usage_in_bytes" : group.kind == "unified" ? "memory.peak" : nil
            guard let file else { continue }
            let text = ControlGroups.read("\(group.path)/\(file)").trimmingCharacters(in: .whitespacesAndNewlines)
            if let peak = Int64(text) { return peak }
        }
        return nil
    }

    /// Takes the groups away. Works only when nobody is in them; what stays is empty and costs nothing.
    func remove() {
        for group in groups { rmdir(group.path) }
    }
}
