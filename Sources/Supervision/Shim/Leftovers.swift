import Glibc

/// The processes that a session's process has left behind, and their end.
struct Leftovers {
    var groups: ControlGroups.Session?
    /// The shim, to which orphans fall; nil when it is gone.
    var ancestor: Int32?
    /// The session's process, which leads a session and process group of its own, when the shim is gone.
    var leader: ProcessIdentity?
    /// `NAME=VALUE` with which all of the session's processes were started, to find them without groups and shim.
    var mark: String?

    /// Kills them all; returns when nobody is left, or after some seconds of trying.
    func kill() {
        if let groups, !groups.groups.isEmpty, groups.killUntilEmpty() { return }
        let clock = ContinuousClock()
        let end = clock.now + .seconds(5)
        while clock.now < end {
            let found = find()
            if found.isEmpty { return }
            // Stopped first, so that none forks while the others are killed.
            for process in found { Glibc.kill(process, SIGSTOP) }
            for process in found { Glibc.kill(process, SIGKILL) }
            while ancestor == getpid(), waitpid(-1, nil, WNOHANG) > 0 {}
            usleep(2_000)
        }
    }

    private func find() -> [Int32] {
        let table = ProcessTable.all().filter { !$0.isZombie }
        if let ancestor { return ProcessTable.descendants(of: ancestor, in: table).map(\.processId) }
        var found = Set<Int32>()
        if let leader, leader.isAlive {
            found.formUnion(ProcessTable.descendants(of: leader.processId, in: table).map(\.processId) + [leader.processId])
        }
        if let mark {
            found.formUnion(table.map(\.processId).filter { $0 != getpid() && ProcessTable.hasEnvironment(mark, processId: $0) })
        }
        return Array(found)
    }
}
