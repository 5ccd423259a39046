import API
import Content
import Foundation
import Glibc

/// Builds one environment, as the session's user, inside a sandbox and within limits of memory, processes and time, since installing runs
/// code of strangers. What it prints goes to the session's output.
struct EnvironmentBuild: Sendable {
    /// Large packages on a slow line take many minutes; one that hangs must not keep a session's place for ever.
    static let limit = Duration.seconds(3600)
    /// What a session asks for is meant for its training; compiling a package may need more than a small one.
    static let minimumMemoryBytes: Int64 = 4_000_000_000

    let hash: String
    let requirements: Requirements
    let python: BasePython
    let environments: Environments
    let index: PackageIndex
    let plan: SessionPlan
    let sandbox: Sandbox
    let output: OutputNotes
    /// Where the supervisor keeps files of its own for this session.
    let staging: String
    /// The program `uv`; nil: `venv` and `pip` of the Python itself.
    let uv: String?
    let groups: ControlGroups
    /// What the session's control group is called.
    let groupName: String
    var limit = EnvironmentBuild.limit
    var minimumMemoryBytes = EnvironmentBuild.minimumMemoryBytes

    private var target: String { environments.path(of: hash) }
    private var cache: String { "\(environments.directory)/cache/\(plan.session.user)" }
    private var inputs: String { "\(staging)/environment" }

    /// Throws `environment_failed` with what to do.
    func run() async throws {
        let start = ContinuousClock.now
        let count = requirements.lines.count
        output.say("nsml: building the environment \(hash) with \(count) \(count == 1 ? "package" : "packages")")
        try prepare()
        for (number, command) in commands.enumerated() {
            let before = output.size
            // Making an empty environment asks nobody for anything.
            let status = try await run(command, network: number > 0 && index.needsNetwork, until: start + limit)
            guard status == 0 else {
                let text = String(decoding: output.read(from: before), as: UTF8.self)
                throw EnvironmentFailure.explain(output: text, status: status, requirements: requirements, network: true)
            }
        }
        try finish()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        output.say(
            "nsml: the environment \(hash) is built, in \(String(format: "%.1f", seconds)) s; sessions that need the same start at once")
    }

    private var commands: [[String]] {
        let file = "\(inputs)/requirements.txt"
        let constraints = requirements.constraints.isEmpty ? [] : ["--constraint", "\(inputs)/constraints.txt"]
        let closed = (requirements.isLocked ? ["--no-deps"] : []) + (index.needsNetwork ? [] : ["--no-index"])
        if let uv {
            return [
                [uv, "venv", "--quiet", "--no-config", "--allow-existing", "--python", python.executable, target],
                [uv, "pip", "install", "--no-config", "--compile-bytecode", "--python", "\(target)/bin/python3", "--requirement", file]
                    + constraints + closed,
            ]
        }
        return [
            [python.executable, "-m", "venv", target],
            ["\(target)/bin/python3", "-m", "pip", "install", "--no-input", "--progress-bar", "off", "--requirement", file] + constraints
                + closed,
        ]
    }

    private func prepare() throws {
        let files = FileManager.default
        for directory in [target, cache, inputs] { try files.createDirectory(atPath: directory, withIntermediateDirectories: true) }
        // The server makes files for nobody else; the session's user must be able to pass through here.
        chmod("\(environments.directory)/cache", 0o711)
        chmod(cache, 0o700)
        chmod(target, 0o755)
        chmod(inputs, 0o755)
        for (name, text) in [("requirements.txt", requirements.installerFile), ("constraints.txt", requirements.constraintsFile)] {
            try DurableFile.write(text.utf8, to: "\(inputs)/\(name)", mode: 0o644, flushes: false)
            chmod("\(inputs)/\(name)", 0o644)
        }
        guard let userId = plan.userId else { return }
        chown(target, userId, userId)
        // Earlier builds of this user ran as the users of other sessions.
        try OpenDirectory(trusted: cache).giveTo(user: userId)
    }

    /// Everything belongs to the server again, and nobody may change it.
    private func finish() throws {
        let directory = try OpenDirectory(trusted: target)
        try directory.protect(owner: plan.userId == nil ? nil : geteuid())
    }

    private var environment: [String: String] {
        var variables = index.variables
        variables.merge([
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "TMPDIR": temporary, "LANG": "C.UTF-8", "UV_CACHE_DIR": cache,
            "PIP_CACHE_DIR": "\(cache)/pip", "UV_NO_PROGRESS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_PYTHON_DOWNLOADS": "never",
            // The cache belongs to whoever builds, so its files must not be those of a finished environment.
            "UV_LINK_MODE": "copy",
        ]) { $1 }
        return variables
    }

    private var home: String { sandbox.kind == .bubblewrap ? SessionPaths.sandboxHome : inputs }
    private var temporary: String { sandbox.kind == .bubblewrap ? "/tmp" : inputs }

    private func run(_ program: [String], network: Bool, until end: ContinuousClock.Instant) async throws -> Int32 {
        // Installing runs code of strangers: of the environments it reaches the one that it builds, and no other.
        var mounts = [
            Sandbox.Mount(source: target, target: target, kind: .writable),
            Sandbox.Mount(source: cache, target: cache, kind: .writable),
            Sandbox.Mount(source: inputs, target: inputs, kind: .readOnly),
        ]
        mounts += python.mounts
        mounts += index.directories.filter { access($0, R_OK) == 0 && !$0.hasPrefix("/usr/") }.map {
            Sandbox.Mount(source: $0, target: $0, kind: .readOnly)
        }
        if let uv, !uv.hasPrefix("/usr/") { mounts.append(Sandbox.Mount(source: uv, target: uv, kind: .readOnly, isDirectory: false)) }
        let userId = plan.userId ?? geteuid()
        let group = groups.makeSession(
            "\(groupName)-build",
            limits: .init(
                memoryBytes: memoryBytes, cpus: max(1, plan.resources.cpus), processes: ControlGroups.maximumProcesses))
        defer {
            _ = group.killUntilEmpty(limit: .seconds(2))
            group.remove()
        }
        let command = sandbox.command(
            program,
            contents: Sandbox.Contents(
                mounts: mounts, network: network, sharedMemoryBytes: 1 << 30, workingDirectory: temporary, userId: userId,
                groupId: plan.userId ?? getegid(), filtersSystemCalls: false))
        let launch = LaunchRecord(
            epoch: plan.epoch, arguments: command.arguments, environment: Spawning.settings(environment),
            workingDirectory: command.workingDirectory, userId: plan.userId, sandbox: sandbox.kind, groups: group, data: command.data,
            stage: command.stage, staged: command.staged, mask: 0o022)
        let status = try await wait(for: launch, until: end)
        guard status == 0 || group.outOfMemoryKills() == 0 else {
            throw Failure(
                .environmentFailed, "building the environment needed more than its \(memoryBytes / 1_000_000) MB of memory",
                hint: "give the session more with --memory, or ask for a version that comes built")
        }
        return status
    }

    private var memoryBytes: Int64 { max(plan.resources.memoryBytes, minimumMemoryBytes) }

    private func wait(for launch: LaunchRecord, until end: ContinuousClock.Instant) async throws -> Int32 {
        try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await launch.run(output: output.path) }
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return nil
            }
            // Kills it, when it has not ended by then.
            defer { group.cancelAll() }
            if let status = try await group.next() ?? nil { return status }
            throw Failure(
                .environmentFailed, "building the environment took longer than \(Int(limit / .seconds(60))) minutes and was ended",
                hint: "'nsml logs' shows how far it came; ask for versions that come built, or for fewer packages")
        }
    }
}
