import API
import Content
import Foundation
import Glibc
import Logging

/// Makes everything ready that a session's process needs, and says what the shim shall start. May be repeated: what a
/// supervisor that was killed has left is made anew, or found whole.
struct SessionPreparation: Sendable {
    /// What came of it.
    struct Result: Sendable {
        var launch: LaunchRecord
        /// The environment's hash; nil when the machine's own Python is used.
        var environment: String?
        /// What the process runs with.
        var record: EnvironmentRecord
        /// Keep what the process uses from being removed; to be held until the shim holds them too.
        let held: [FileLock]
    }

    let plan: SessionPlan
    let files: SessionFiles
    let settings: Supervisor.Settings
    let connection: any ServerConnection
    let share: OpenDirectory
    let staging: OpenDirectory
    let output: OutputNotes
    let log: Logger

    private var isStaged: Bool { plan.sandbox == .bubblewrap && plan.userId != nil && geteuid() == 0 }
    private var environments: Environments { Environments(directory: plan.environmentsDirectory) }

    func run() async throws -> Result {
        try checkReach()
        let store = try ContentStore(directory: URL(filePath: plan.contentDirectory, directoryHint: .isDirectory), isWriter: false)
        let manifest = try Manifest(bytes: store.read(plan.workspace))
        guard manifest.entries.contains(where: { $0.path == plan.entry }) else {
            throw Failure(.sessionFailed, "the workspace has no file '\(plan.entry)'", hint: "name the file to start with --entry")
        }
        let sandbox = Sandbox(kind: plan.sandbox, host: HostLayout.detect(), isStaged: isStaged)
        async let python = makePython(manifest: manifest, store: store, sandbox: sandbox)
        try layOutCode(manifest, store: store)
        var trees: [DatasetTrees.Tree] = []
        for dataset in plan.datasets { trees.append(try await DatasetTrees(plan: plan, store: store).layOut(dataset, as: view)) }
        try makeDirectories()
        try await layOutCheckpoint(store: store)
        try layOutChanges()
        return try await makeLaunch(python: python, trees: trees, sandbox: sandbox)
    }

    /// Without a sandbox the session's user must get to its files by itself.
    private func checkReach() throws {
        guard plan.sandbox == .none, let userId = plan.userId else { return }
        for path in [files.directory, plan.libraryDirectory] where !Reachability.canEnter(path, userId: userId) {
            throw Failure(
                .sessionFailed, "the session's user \(userId) cannot get to \(path)",
                hint: "an administrator can install bubblewrap, or keep the platform's data where everybody may pass through")
        }
    }

    // MARK: Files

    private func layOutCode(_ manifest: Manifest, store: ContentStore) throws {
        // What a session has written beside its code is a part of what it goes on from.
        if plan.keepsCode, access(files.code, F_OK) == 0 { return }
        // What an earlier placement has changed there is not what the user has sent.
        try TreeRemoval.remove(files.code)
        try store.layOut(
            manifest.entries, at: URL(filePath: files.code, directoryHint: .isDirectory), as: .writable, owner: plan.userId,
            flushes: false)
    }

    /// What of a dataset the session's code sees.
    private var view: DatasetView { plan.submission.map { $0.isTest ? .submitTest : .submit } ?? .train }

    private func makeDirectories() throws {
        var own = [share]
        for name in [Share.checkpoints, Share.loads] { own.append(try share.makeDirectory(name)) }
        let session = try OpenDirectory(trusted: files.directory)
        if plan.outputDirectory { own.append(try session.makeDirectory("output")) }
        if plan.sandbox == .none {
            let temporary = try session.makeDirectory("tmp")
            own += [temporary, try temporary.makeDirectory("home")]
        }
        guard let userId = plan.userId else { return }
        for directory in own { try SystemError.check("change the owner") { fchown(directory.descriptor, userId, userId) } }
    }

    private func layOutChanges() throws {
        guard let changes = plan.replay, !changes.isEmpty else { return }
        let path = "\(files.share)/\(Share.replay)"
        // Nothing of the session's runs yet, so nobody is in the way here.
        try DurableFile.write(Wire.encoder().encode(changes), to: path, mode: 0o644, flushes: false)
        chmod(path, 0o644)
    }

    private func layOutCheckpoint(store: ContentStore) async throws {
        guard let reference = plan.checkpoint else { return }
        let name = "initial"
        let target = URL(filePath: "\(files.staging)/\(name)", directoryHint: .isDirectory)
        try staging.remove(name)
        if let digest = plan.checkpointManifest, store.contains(digest) {
            let manifest = try Manifest(bytes: store.read(digest))
            try store.layOut(manifest.entries, at: target, as: .writable, owner: plan.userId, flushes: false)
        } else {
            try await connection.fetchCheckpoint(reference, into: target)
            if let userId = plan.userId { try staging.directory(name).giveTo(user: userId) }
        }
        let loads = try share.directory(Share.loads)
        if loads.holds(Share.initialLoad) {
            // Moved out of the session's reach before it is deleted.
            try staging.remove("initial-old")
            try loads.move(Share.initialLoad, to: staging, as: "initial-old")
            try staging.remove("initial-old")
        }
        try staging.move(name, to: loads, as: Share.initialLoad)
    }

    // MARK: Python

    private func makePython(manifest: Manifest, store: ContentStore, sandbox: Sandbox) async throws -> SessionPython {
        // On the stage everything can be reached, also what lies in a home directory.
        let base = try await BasePython.find(
            environment: settings.environment, userId: isStaged ? nil : plan.userId, cache: environments.answers)
        var needs = try await WorkspaceNeeds(manifest: manifest, store: store, python: base, cache: environments.answers).read()
        for note in needs.notes { output.say("nsml: \(note)") }
        guard !needs.isEmpty else { return SessionPython(base) }
        if let lock = plan.lock {
            // The very environment, if it still lies here as it was.
            if let hash = lock.environment, let held = try await environments.hold(hash) {
                let found = SessionPython(base, environment: hash, of: environments, held: held)
                if found.packages == lock.record.packages { return found }
            }
            needs = needs.locked(to: lock.record.packages)
        }
        let hash = needs.hash(python: base)
        let held = try await environments.make(hash, requirements: needs, python: base) {
            let uv = await UV.find(environment: settings.environment, python: base)
            try await EnvironmentBuild(
                hash: hash, requirements: needs, python: base, environments: environments,
                index: PackageIndex.ofThisMachine(environment: settings.environment), plan: plan, sandbox: sandbox, output: output,
                staging: files.staging, uv: uv, groups: settings.groups, groupName: settings.groupName
            ).run()
            prune()
        }
        return SessionPython(base, environment: hash, of: environments, held: held)
    }

    private func prune() {
        do {
            try environments.prune()
        } catch {
            log.warning("old environments could not be removed", metadata: ["error": "\(error)"])
        }
    }

    // MARK: The launch

    private func makeLaunch(python: SessionPython, trees: [DatasetTrees.Tree], sandbox: Sandbox) throws -> Result {
        let binary = plan.sandbox == .bubblewrap && access(settings.binary, R_OK) != 0 ? nil : settings.binary
        let paths = SessionPaths(plan: plan, files: files, trees: trees.map(\.path), binary: binary)
        let nodes = plan.sandbox == .bubblewrap ? sandbox.host.nodes(ofDevices: plan.devices) : []
        let environment = SessionEnvironment(
            plan: plan, paths: paths, python: python.executable,
            entry: EntryProgram(entry: plan.entry, firstLine: entryLine, python: python.executable), renumbersDevices: !nodes.isEmpty,
            inherited: settings.environment)
        var mounts = python.mounts
        mounts += zip(trees, paths.datasets).map { Sandbox.Mount(source: $0.path, target: $1, kind: .readOnly) }
        mounts += [
            Sandbox.Mount(source: files.code, target: paths.code, kind: .writable),
            Sandbox.Mount(source: files.share, target: paths.share, kind: .writable),
            Sandbox.Mount(source: plan.libraryDirectory, target: paths.library, kind: .readOnly),
        ]
        if plan.outputDirectory { mounts.append(Sandbox.Mount(source: files.outputDirectory, target: paths.output, kind: .writable)) }
        if let binary, let binaries = paths.binaries {
            mounts.append(Sandbox.Mount(source: binary, target: "\(binaries)/nsml", kind: .readOnly, isDirectory: false))
            mounts += settings.binaryLibraries.map { Sandbox.Mount(source: $0, target: $0, kind: .readOnly) }
        }
        mounts += nodes.map { Sandbox.Mount(source: $0, target: $0, kind: .device, isDirectory: false) }
        let contents = Sandbox.Contents(
            mounts: mounts, network: plan.network, sharedMemoryBytes: plan.resources.sharedMemoryBytes, workingDirectory: paths.code,
            userId: plan.userId ?? geteuid(), groupId: plan.userId ?? getegid())
        let command = sandbox.command(environment.arguments, contents: contents)
        let added = plan.addedArguments ?? []
        let plain = added.isEmpty ? nil : sandbox.command(environment.plainArguments, contents: contents).arguments
        let groups = settings.groups.makeSession(
            settings.groupName,
            limits: .init(
                memoryBytes: plan.resources.memoryBytes, cpus: max(1, plan.resources.cpus), processes: ControlGroups.maximumProcesses))
        let launch = LaunchRecord(
            epoch: plan.epoch, arguments: command.arguments, environment: Spawning.settings(environment.variables),
            workingDirectory: command.workingDirectory, userId: plan.userId, sandbox: plan.sandbox, groups: groups,
            data: command.data, stage: command.stage, staged: command.staged,
            locks: trees.map(\.lockPath) + [python.environment.map { environments.lockPath(of: $0) }].compactMap(\.self),
            plain: plain.map { LaunchRecord.Plain(arguments: $0, without: added) })
        let variables = environment.variables.filter { SessionEnvironment.kept.contains($0.key) }
        return Result(
            launch: launch, environment: python.environment, record: record(python, variables),
            held: trees.map(\.held) + [python.held].compactMap(\.self))
    }

    /// The first line of the entry file; nil where it has none that is text, or is long.
    private var entryLine: String? {
        // What cannot be read is Python's to complain of. An earlier run of the session may have put links in its place.
        guard let file = try? openEntry() else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        let line = bytes.prefix(max(0, count)).prefix { $0 != 0x0A }
        return line.starts(with: "#!".utf8) ? String(validating: line, as: UTF8.self) : nil
    }

    private func openEntry() throws -> Int32 {
        var directory = try OpenDirectory(trusted: files.code)
        let names = plan.entry.split(separator: "/").map(String.init)
        for name in names.dropLast() { directory = try directory.directory(name) }
        return try directory.openFile(names.last ?? plan.entry)
    }

    private func record(_ python: SessionPython, _ variables: [String: String]) -> EnvironmentRecord {
        EnvironmentRecord(
            python: python.name, packages: python.packages, variables: variables, node: ThisMachine.name,
            processor: ThisMachine.processor, devices: plan.deviceNames ?? [], driver: plan.devices.isEmpty ? nil : ThisMachine.driver,
            system: "\(python.platform), \(ThisMachine.library)")
    }
}
