import API
import CLinux
import Content
import Foundation
import Glibc

/// The process of a session as its supervisor sees it: by way of the shim's files and locks, and the control groups.
final class SessionProcess: Sendable {
    /// What an earlier supervisor has left.
    enum Earlier: Sendable, Equatable {
        case nothing
        case running
        case ended(ExitRecord)
        /// Nobody knows how it ended; why.
        case lost(String)
    }

    private static let startLimit = Duration.seconds(30)

    let plan: SessionPlan
    let files: SessionFiles
    /// The program whose `shim DIRECTORY` is the shim, and the arguments before these two.
    let shimProgram: [String]

    init(plan: SessionPlan, files: SessionFiles, shimProgram: [String]) {
        self.plan = plan
        self.files = files
        self.shimProgram = shimProgram
    }

    var record: ShimRecord? {
        DurableFile.read(ShimRecord.self, from: files.shim).flatMap { $0.epoch == plan.epoch ? $0 : nil }
    }

    var exit: ExitRecord? {
        DurableFile.read(ExitRecord.self, from: files.exit).flatMap { $0.epoch == plan.epoch ? $0 : nil }
    }

    /// What is there of this placement. What an earlier placement has left is ended first.
    func findEarlier() -> Earlier {
        endEarlierPlacement()
        if let exit { return .ended(exit) }
        guard let record else { return .nothing }
        guard record.shim.bootId == ProcessIdentity.currentBootId else { return .lost("supervision lost: the node was restarted") }
        if FileLock.isHeld(files.shimLock) { return .running }
        // It may have ended between the two looks.
        return exit.map(Earlier.ended) ?? .lost("supervision lost: the session's shim was killed")
    }

    private func endEarlierPlacement() {
        guard let launch = DurableFile.read(LaunchRecord.self, from: files.launch), launch.epoch != plan.epoch else { return }
        let old = DurableFile.read(ShimRecord.self, from: files.shim)
        if old?.shim.bootId == ProcessIdentity.currentBootId { end(launch, process: old?.process, shim: old?.shim) }
        for path in [files.launch, files.shim, files.exit] { unlink(path) }
    }

    /// Starts the shim, which starts the process. Returns when it has, or has failed to, which `exit` tells.
    func start(_ launch: LaunchRecord) async throws {
        try DurableFile.write(json: launch, to: files.launch, flushes: false)
        try Detached.start(shimProgram + ["shim", files.directory], log: files.supervisorLog)
        try await onOwnThread { [self] in
            let end = ContinuousClock.now + Self.startLimit
            // Some milliseconds; and a start that is under way is not to be left half done by a cancellation.
            var seen = stat()
            while ContinuousClock.now < end {
                var now = stat()
                if stat(files.shim, &now) == 0, now.st_ino != seen.st_ino {
                    seen = now
                    if record?.process != nil { return }
                }
                if access(files.exit, F_OK) == 0, exit != nil { return }
                usleep(1_000)
            }
            throw Failure(.sessionFailed, "the session's shim did not start", hint: "an administrator finds more in supervisor.log")
        }
    }

    /// Waits until the shim is gone. nil when it left no word about how the process ended.
    func wait() async throws -> ExitRecord? {
        let path = files.shimLock
        // Dropped at once: all that matters is that it could be had.
        _ = try await onOwnThread { try FileLock.acquire(path) }
        return exit
    }

    /// How long the process has been running, by a clock that nobody sets.
    var runningTime: Duration? {
        guard let startTime = (record?.process ?? record?.shim)?.startTime else { return nil }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return .seconds(Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - Double(startTime) / ticks)
    }

    /// Asks the session's main process to end.
    func terminate() {
        if let mainProcessId { kill(mainProcessId, SIGTERM) }
    }

    /// The process that runs the entry file, by its number outside of the sandbox; nil when there is none.
    var mainProcessId: Int32? {
        guard let process = record?.process, process.isAlive else { return nil }
        return plan.sandbox == .bubblewrap ? mainProcess(below: process.processId) : process.processId
    }

    /// Below bubblewrap is process 1 of the sandbox, and below that the program; bubblewrap itself while it is starting.
    private func mainProcess(below bubblewrap: Int32) -> Int32 {
        let table = ProcessTable.all()
        let below = ProcessTable.descendants(of: bubblewrap, in: table)
        guard let first = below.first(where: { ProcessTable.namespaceIds(of: $0.processId).last == 1 }) else { return bubblewrap }
        return below.first { $0.parent == first.processId && !$0.isZombie }?.processId ?? bubblewrap
    }

    /// Kills all of the session's processes. Blocks until they are gone, some seconds at most.
    func killAll() {
        guard let launch = DurableFile.read(LaunchRecord.self, from: files.launch), launch.epoch == plan.epoch else { return }
        end(launch, process: record?.process, shim: nil)
    }

    private func end(_ launch: LaunchRecord, process: ProcessIdentity?, shim: ProcessIdentity?) {
        Leftovers(launch: launch, process: process, files: files).kill()
        if let shim, shim.isAlive { kill(shim.processId, SIGKILL) }
        launch.groups?.remove()
    }
}

/// Starts programs that are nobody's children and outlive whoever starts them.
enum Detached {
    /// - Parameter arguments: the program's path, then its arguments.
    static func start(_ arguments: [String], log: String, environment: [String: String]? = nil) throws {
        let variables = environment ?? ProcessInfo.processInfo.environment
        var argumentList = arguments.map { strdup($0) } + [nil]
        var environmentList = Spawning.settings(variables).map { strdup($0) } + [nil]
        defer { (argumentList + environmentList).forEach { free($0) } }
        let code = nsml_spawn_detached(arguments[0], &argumentList, &environmentList, log)
        guard code == 0 else { throw SystemError("start \(arguments[0])", code: code) }
    }
}
