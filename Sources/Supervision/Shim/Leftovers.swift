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

    /// Kills them all; returns when nobody is left, or after some time of trying. Whether nobody is.
    @discardableResult
    func kill(limit: Duration = .seconds(5)) -> Bool {
        if let groups, !groups.groups.isEmpty, groups.killUntilEmpty(limit: limit) { return true }
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            let found = find()
            if found.isEmpty { return true }
            // Stopped first, so that none forks while the others are killed.
            for process in found { Glibc.kill(process, SIGSTOP) }
            for process in found { Glibc.kill(process, SIGKILL) }
            while ancestor == getpid(), waitpid(-1, nil, WNOHANG) > 0 {}
            usleep(2_000)
        }
        return false
    }

    /// - Parameter process: the session's, as the shim wrote it down, if it did.
    init(launch: LaunchRecord, process: ProcessIdentity?, files: SessionFiles) {
        self.init(
            groups: launch.groups, ancestor: nil, leader: process,
            mark: launch.environment.first { $0.hasPrefix("NSML_SESSION_DIRECTORY=\(files.directory)/") })
    }

    init(groups: ControlGroups.Session?, ancestor: Int32? = nil, leader: ProcessIdentity? = nil, mark: String? = nil) {
        self.groups = groups
        self.ancestor = ancestor
        self.leader = leader
        self.mark = mark
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
