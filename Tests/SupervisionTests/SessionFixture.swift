import API
import Content
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Supervision

/// A session in a temporary directory, real processes, and a directory as its server.
final class SessionFixture: Sendable {
    let root: URL
    let directory: URL
    let ledger: URL
    let plan: SessionPlan
    private let watcher: FileWatcher
    private let supervisors = Mutex<[ChildProcess]>([])

    /// - `files`: the workspace.
    /// - `change`: the last word on the plan.
    init(
        root: URL, files: [String: String], sandbox: SessionPlan.Sandbox = .none, dataset: [String: String]? = nil,
        change: (inout SessionPlan) throws -> Void = { _ in }
    ) throws {
        self.root = root
        directory = root.appending(path: "sessions/7")
        ledger = root.appending(path: "ledger")
        let manager = FileManager.default
        for url in [directory, ledger] { try manager.createDirectory(at: url, withIntermediateDirectories: true) }
        let store = try ContentStore(directory: root.appending(path: "content"))
        let library = try PythonLibrary.install(into: root.appending(path: "library"))
        var plan = SessionPlan(
            session: try SessionName(parsing: "alice/mnist/\(Int.random(in: 1...1_000_000_000))"), epoch: 1,
            serverURL: "http://127.0.0.1:9", sessionDirectory: directory.path,
            contentDirectory: root.appending(path: "content").path, environmentsDirectory: root.appending(path: "environments").path,
            treesDirectory: root.appending(path: "trees").path, libraryDirectory: library.path, type: .normal,
            workspace: try Self.put(files, in: store), entry: "main.py", arguments: [], datasets: [],
            resources: Resources(gpus: 0, cpus: 1, memoryBytes: 1_000_000_000, sharedMemoryBytes: 64_000_000), devices: [], network: false,
            outputDirectory: false, sandbox: sandbox, userId: nil, checkpoint: nil, checkpointManifest: nil, checkpointLimitBytes: nil,
            idleSeconds: 600, maximumSeconds: nil)
        if let dataset {
            plan.datasets = [.init(name: try DatasetName(parsing: "mnist"), version: 1, manifest: try Self.put(dataset, in: store))]
        }
        // Bubblewrap is never started by root.
        if sandbox == .bubblewrap, geteuid() == 0 { plan.userId = 720_007 }
        try change(&plan)
        self.plan = plan
        try Wire.encoder().encode(plan).write(to: directory.appending(path: "plan.json"))
        try Data("secret".utf8).write(to: directory.appending(path: "token-\(plan.epoch)"))
        try manager.createDirectory(at: ledger.appending(path: "answers"), withIntermediateDirectories: true)
        watcher = try FileWatcher(directories: [ledger.path, directory.path, ledger.appending(path: "answers").path])
    }

    private static func put(_ files: [String: String], in store: ContentStore) throws -> Digest {
        let entries = try files.map { path, text in
            Manifest.Entry(path: path, digest: try store.put(Array(text.utf8)), size: Int64(text.utf8.count))
        }
        return try store.put(try Manifest(entries: entries).bytes)
    }

    static func put(_ files: [String: String], contentOf plan: SessionPlan) throws -> Digest {
        try put(files, in: ContentStore(directory: URL(filePath: plan.contentDirectory), isWriter: false))
    }

    func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The processes of the session that are alive, wherever they have gone: told by their environment.
    var ownProcesses: [Int32] {
        ProcessTable.all().filter {
            !$0.isZombie && ProcessTable.hasEnvironment("NSML_SESSION=\(plan.session)", processId: $0.processId)
        }.map(\.processId)
    }

    var files: SessionFiles { SessionFiles(directory: directory.path) }

    // MARK: Processes

    /// The program beside the tests.
    static var program: String {
        let tests = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for folder in [tests, tests.deletingLastPathComponent()] {
            let found = folder.appending(path: "SupervisionTestProgram").path
            if FileManager.default.isExecutableFile(atPath: found) { return found }
        }
        return ProcessInfo.processInfo.environment["NSML_TEST_PROGRAM"] ?? "SupervisionTestProgram"
    }

    @discardableResult
    func supervise(environment: [String: String] = [:]) throws -> ChildProcess {
        let log = ChildProcess.Stream.file(files.supervisorLog)
        let process = try ChildProcess(
            [Self.program, "supervise", directory.path], environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            output: log, errors: log)
        supervisors.withLock { $0.append(process) }
        return process
    }

    /// Ends everything that a failed test may have left.
    func cleanUp() {
        for process in supervisors.withLock({ $0 }) { process.send(SIGKILL) }
        let session = SessionProcess(plan: plan, files: files, shimProgram: [])
        session.killAll()
    }

    // MARK: What has arrived

    func arrived(_ name: String) -> Data { FileManager.default.contents(atPath: ledger.appending(path: name).path) ?? Data() }

    var output: String { String(decoding: arrived("output"), as: UTF8.self) }

    var progress: [SessionProgress] {
        arrived("progress").split(separator: 0x0A).compactMap { try? Wire.decoder().decode(SessionProgress.self, from: $0) }
    }

    var checkpoints: [NewCheckpoint] {
        arrived("checkpoints").split(separator: 0x0A).compactMap { try? Wire.decoder().decode(NewCheckpoint.self, from: $0) }
    }

    var isDamaged: Bool { FileManager.default.fileExists(atPath: ledger.appending(path: "damage").path) }

    func set(_ switchName: String, _ text: String = "") throws { try Data(text.utf8).write(to: ledger.appending(path: switchName)) }
    func unset(_ switchName: String) throws { try FileManager.default.removeItem(at: ledger.appending(path: switchName)) }

    func command(_ command: SupervisorCommand) throws {
        let commands = ledger.appending(path: "commands")
        try FileManager.default.createDirectory(at: commands, withIntermediateDirectories: true)
        try Wire.encoder().encode(command).write(to: commands.appending(path: "\(command.number).json"), options: .atomic)
    }

    // MARK: Waiting

    /// Waits until `condition` holds, looking whenever the file has changed.
    func until(_ name: String, _ what: Comment, limit: Duration = .seconds(120), _ condition: @Sendable @escaping () -> Bool) async throws {
        let changes = watcher.changes(of: name)
        let happened = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in changes where condition() { return true }
                return false
            }
            group.addTask {
                // Only the limit of a test that fails.
                try? await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        guard happened else {
            Issue.record(
                "\(what) did not happen; output: \(output.suffix(2000)); progress: \(progress); log: \(supervisorLog.suffix(2000))")
            throw Failure(.timeout, "\(what)")
        }
    }

    var supervisorLog: String { String(decoding: FileManager.default.contents(atPath: files.supervisorLog) ?? Data(), as: UTF8.self) }

    func untilOutput(contains text: String) async throws {
        try await until("output", "output with '\(text)'") { self.output.contains(text) }
    }

    func untilState(_ state: SessionState) async throws {
        try await until("progress", "state \(state)") { self.progress.contains { $0.state == state } }
    }

    /// The last report, once there is a final one.
    func end() async throws -> SessionProgress {
        try await until("progress", "an end") { self.progress.contains { $0.state.isFinal } }
        return try #require(progress.last { $0.state.isFinal })
    }

    /// The shim's word on the process, once it has started.
    func running() async throws -> ShimRecord {
        try await until("shim.json", "the start") { DurableFile.read(ShimRecord.self, from: self.files.shim)?.process != nil }
        return try #require(DurableFile.read(ShimRecord.self, from: files.shim))
    }
}

/// Lets a few sessions run at a time: all at once they would wait for the processor, and for each other.
final class Gate: Sendable {
    static let shared = Gate(width: 4)

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(free: width)) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty { state.free += 1 }
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// Runs `body` with a session that is gone afterwards.
func withSession(
    _ script: String, more: [String: String] = [:], sandbox: SessionPlan.Sandbox = .none, dataset: [String: String]? = nil,
    change: (inout SessionPlan) throws -> Void = { _ in }, _ body: (SessionFixture) async throws -> Void
) async throws {
    await Gate.shared.enter()
    defer { Gate.shared.leave() }
    let root = FileManager.default.temporaryDirectory.appending(path: "nsml-session-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    // What cannot be removed must not hide the test's outcome.
    defer { try? TreeRemoval.remove(root.path) }
    let files = more.merging(["main.py": script]) { $1 }
    let fixture = try SessionFixture(root: root, files: files, sandbox: sandbox, dataset: dataset, change: change)
    defer { fixture.cleanUp() }
    try await body(fixture)
}
