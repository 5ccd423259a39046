import API
import Client
import Content
import Foundation
import Glibc
import Logging

/// Keeps one session's process alive on this node and carries everything it says to the server.
package enum Supervisor {
    /// What of this machine a supervisor works with; tests choose it.
    struct Settings: Sendable {
        /// The server's environment, from which search path, certificates and pip's settings are taken.
        var environment: [String: String]
        /// This program's file.
        var binary: String
        /// Directories of its libraries that are not among the system's.
        var binaryLibraries: [String]
        /// How the shim is started: the program's path, and the arguments before `shim DIRECTORY`.
        var shimProgram: [String]
        var groups: ControlGroups
        /// What the session's control group is called.
        var groupName: String
        /// How long a server may not know this session before that is believed.
        var patience: Duration
    }

    /// What `nsml supervise DIRECTORY` does; DIRECTORY is absolute. Returns its exit status: 0 also when the session failed, which the
    /// server is told, and when another supervisor is at work.
    ///
    /// Throws `local_error` when there is nothing in the directory that it could work with. Standard error is its log.
    package static func run(directory: String) async throws -> Int32 {
        try await run(directory: directory) { plan, token, body in
            let store = try ContentStore(directory: URL(filePath: plan.contentDirectory, directoryHint: .isDirectory), isWriter: false)
            return try await APIServerConnection(plan: plan, token: token, store: store).closing(body)
        }
    }

    /// The same with a server of the caller's choice.
    package static func run(directory: String, connection: any ServerConnection) async throws -> Int32 {
        try await run(directory: directory) { _, _, body in try await body(connection) }
    }

    private static func run(
        directory: String, connect: (SessionPlan, String, (any ServerConnection) async throws -> Int32) async throws -> Int32
    ) async throws -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        // What is nobody else's business says so itself; the rest is for the session's user to reach.
        umask(0o022)
        let files = SessionFiles(directory: directory)
        guard let lock = try await acquireLock(files) else { return 0 }
        defer { withExtendedLifetime(lock) {} }
        guard !files.isBeingRemoved else { return 0 }
        guard let plan = DurableFile.read(SessionPlan.self, from: files.plan) else {
            throw Failure(.localError, "there is no plan of a session in \(directory)")
        }
        // Taken away when everything was said: then an earlier supervisor has done all the work.
        guard let secret = FileManager.default.contents(atPath: files.token(epoch: plan.epoch)) else { return 0 }
        let token = String(decoding: secret, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return try await connect(plan, token) { connection in
            try await run(plan, files: files, connection: connection, settings: .ofThisProcess(directory: directory))
        }
    }

    /// nil when another supervisor is at work. One that has just said the last word of an earlier placement is waited for: the server
    /// places a session anew as soon as it has heard it.
    private static func acquireLock(_ files: SessionFiles) async throws -> FileLock? {
        if let lock = try FileLock.tryAcquire(files.supervisorLock) { return lock }
        let epoch = DurableFile.read(SessionPlan.self, from: files.plan)?.epoch
        guard let shipped = DurableFile.read(ShippedRecord.self, from: files.shipped), let epoch, shipped.epoch < epoch else { return nil }
        return try await onOwnThread { try FileLock.acquire(files.supervisorLock) }
    }

    private static func run(
        _ plan: SessionPlan, files: SessionFiles, connection: any ServerConnection, settings: Settings
    ) async throws -> Int32 {
        var log = Logger(label: "nsml.supervisor") { StreamLogHandler.standardError(label: $0) }
        log[metadataKey: "session"] = "\(plan.session)"
        log[metadataKey: "epoch"] = "\(plan.epoch)"
        let session = try SupervisedSession(plan: plan, files: files, connection: connection, settings: settings, log: log)
        do {
            try await session.run()
        } catch is Superseded {
            log.notice("the session was given up")
        }
        return 0
    }
}

extension Supervisor {
    /// What the control group of the session in `directory` is called: `17-0a1b2c3d`. Several platforms may run on one machine.
    static func groupName(ofSession directory: String) -> String {
        let id = directory.split(separator: "/").last.map(String.init) ?? "session"
        return "\(id)-\(Digest(of: Array(directory.utf8)).hex.prefix(8))"
    }
}

extension Supervisor.Settings {
    static func ofThisProcess(directory: String) -> Supervisor.Settings {
        // Always there where /proc is; the shim is started through it, so that an upgrade of the file does not matter.
        let link = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        // The kernel's mark for a file that has lost its name to a newer one, which then is what sessions see.
        let binary = link.hasSuffix(" (deleted)") ? String(link.dropLast(" (deleted)".count)) : link
        return Supervisor.Settings(
            environment: ProcessInfo.processInfo.environment, binary: binary, binaryLibraries: foreignLibraries(),
            shimProgram: ["/proc/self/exe"], groups: .detect(),
            groupName: Supervisor.groupName(ofSession: directory), patience: .seconds(3600))
    }

    /// Where libraries lie that this program has loaded from outside the system's directories.
    private static func foreignLibraries() -> [String] {
        let maps = String(decoding: FileManager.default.contents(atPath: "/proc/self/maps") ?? Data(), as: UTF8.self)
        var found: Set<String> = []
        for line in maps.split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/"), line.contains(".so") else { continue }
            let path = line[slash...]
            guard !path.hasPrefix("/usr/"), !path.hasPrefix("/lib"), let end = path.lastIndex(of: "/") else { continue }
            found.insert(String(path[..<end]))
        }
        return found.sorted()
    }
}
