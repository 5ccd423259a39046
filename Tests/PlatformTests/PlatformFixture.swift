import API
import Content
import Foundation
import Logging
import Platform
import Store
import Synchronization
import TestSupport

/// Supervisors that are only noted down; what they would say is said by the tests.
final class NotedExecutor: Executor {
    private let started = Mutex<[String]>([])
    private let gone = Mutex<Set<String>>([])
    private let unsupervised = Mutex<Set<String>>([])

    var directories: [String] { started.withLock { $0 } }

    func startSupervisor(in directory: URL) throws {
        started.withLock { $0.append(directory.lastPathComponent) }
    }

    func isSupervised(_ directory: URL) -> Bool { unsupervised.withLock { !$0.contains(directory.lastPathComponent) } }

    /// From now on no supervisor works on the session.
    func supervisorEnded(in directory: URL) { unsupervised.withLock { _ = $0.insert(directory.lastPathComponent) } }

    func isRunning(_ directory: URL) -> Bool { true }

    /// From now on nothing of the session runs.
    func sessionEnded(in directory: URL) { gone.withLock { _ = $0.insert(directory.lastPathComponent) } }

    func sweep(_ directory: DataDirectory, live: Set<Digest>, active: Set<Int64>) async throws {}

    func end(in directory: URL) async throws -> Bool {
        gone.withLock { $0.contains(directory.lastPathComponent) } || !FileManager.default.fileExists(atPath: directory.path)
    }
}

/// A platform with a real database and real files in a temporary directory, and noted supervisors.
struct PlatformFixture {
    let platform: Platform
    let executor: NotedExecutor
    let store: Store
    let content: ContentStore
    let directory: URL
    let gpus: Int
    let alice: Identity
    let bob: Identity
    let admin: Identity

    /// The platform anew on the same files, as after a restart.
    func restarted() async throws -> PlatformFixture {
        platform.beginShutdown()
        try platform.close()
        return try await Self.make(in: directory, gpus: gpus)
    }

    static func make(
        in directory: URL, gpus: Int = 2, configure: (inout PlatformConfiguration) -> Void = { _ in }
    ) async throws -> PlatformFixture {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let data = try DataDirectory(directory)
        let devices = (0..<gpus).map { Device(index: $0, name: "declared", memoryBytes: 16_000_000_000, isDeclared: true) }
        var configuration = PlatformConfiguration(
            dataDirectory: directory, serverURL: "http://127.0.0.1:1",
            node: Node(name: "n1", cpus: 8, memoryBytes: 64_000_000_000, devices: devices),
            sandbox: .none, firstUserId: nil, libraryDirectory: directory)
        configuration.reservedDiskBytes = 0
        configure(&configuration)
        let executor = NotedExecutor()
        let store = try Store(directory: directory, logger: logger)
        let content = try ContentStore(directory: data.content)
        let platform = Platform(
            configuration: configuration, store: store, content: content, directory: data, executor: executor, deviceUsage: { [] },
            logger: logger)
        try await platform.begin()
        func identity(_ name: String, _ role: Role) throws -> Identity { Identity(user: try UserName(parsing: name), role: role) }
        let (alice, bob, admin) = (try identity("alice", .user), try identity("bob", .user), try identity("root", .admin))
        if try await platform.users.makeFirstAdministrator(named: admin.user, keep: { _ in }) {
            for user in [alice, bob] {
                _ = try await platform.users.add(NewUser(name: user.user, role: .user), by: admin)
            }
        }
        return PlatformFixture(
            platform: platform, executor: executor, store: store, content: content, directory: directory, gpus: gpus, alice: alice,
            bob: bob, admin: admin)
    }

    /// Sends files and their manifest as a client would.
    func push(_ files: [String: String], by identity: Identity) async throws -> Digest {
        var entries: [Manifest.Entry] = []
        for (path, text) in files {
            let bytes = Array(text.utf8)
            entries.append(Manifest.Entry(path: path, digest: try await send(bytes, by: identity), size: Int64(bytes.count)))
        }
        return try await send(try Manifest(entries: entries).bytes, by: identity)
    }

    func send(_ bytes: [UInt8], by identity: Identity) async throws -> Digest {
        let digest = Digest(of: bytes)
        let chunks = AsyncStream<ArraySlice<UInt8>> { continuation in
            continuation.yield(bytes[...])
            continuation.finish()
        }
        _ = try await platform.contents.receive(digest, size: Int64(bytes.count), offset: 0, chunks: chunks, for: identity)
        return digest
    }

    /// Starts a session of `main.py` that asks for `gpus`.
    func run(
        gpus: Int = 0, by identity: Identity, priority: Int = 0, isPrivate: Bool = false, keep: Retention? = nil, isProtected: Bool? = nil
    ) async throws -> SessionRecord {
        let workspace = try await push(["main.py": "print('hello')"], by: identity)
        let resources = Resources(gpus: gpus, cpus: 1, memoryBytes: 1_000_000_000, sharedMemoryBytes: 0)
        return try await platform.sessions.run(
            NewSession(
                workspace: workspace, entry: "main.py", arguments: ["--lr", "0.1"], datasets: [], resources: resources,
                priority: priority, isPrivate: isPrivate, keep: keep, isProtected: isProtected),
            by: identity)
    }

    /// Says what a supervisor would say.
    func progress(
        _ session: SessionRecord, _ state: SessionState, exit: ProcessExit? = nil, reason: String? = nil, epoch: Int = 1,
        isOver: Bool? = nil, isLost: Bool? = nil
    ) async throws {
        try await platform.supervision.progress(
            SessionProgress(epoch: epoch, state: state, at: Date(), exit: exit, reason: reason, isOver: isOver, isLost: isLost),
            of: session.name)
    }

    /// Says that the session's code has bound functions, and that it has saved: it can resume.
    func makeResumable(_ session: SessionRecord, as checkpoint: String = "3") async throws {
        let bound = #"{"kind":"event","time":1,"event":"bound","detail":{"save":true,"load":true,"infer":false}}"# + "\n"
        _ = try await platform.supervision.put(Array(bound.utf8), to: .journal, of: session.name, offset: 0, epoch: 1)
        try await save(session, as: checkpoint)
    }

    func save(_ session: SessionRecord, as checkpoint: String, epoch: Int = 1, sequence: Int64 = 0) async throws {
        let owner = Identity(user: session.name.user, role: .user)
        let manifest = try await push(["weights": checkpoint], by: owner)
        _ = try await platform.checkpoints.add(
            NewCheckpoint(
                epoch: epoch, sequence: sequence, name: try CheckpointName(parsing: checkpoint), time: Date(), step: 3, summary: [:],
                manifest: manifest), to: session.name, by: owner)
    }

    func record(_ session: SessionRecord) async throws -> SessionRecord {
        try await platform.sessions.get(session.name, afterEvent: nil, waitSeconds: 0, for: admin)
    }

    func plan(_ session: SessionRecord, id: Int) throws -> SessionPlan {
        try Wire.decoder().decode(SessionPlan.self, from: Data(contentsOf: directory.appending(path: "sessions/\(id)/plan.json")))
    }

    func events(_ session: SessionRecord) async throws -> [String] {
        try await platform.sessions.events(session.name, after: 0, limit: 100, for: admin).items.map {
            $0.detail.isEmpty ? $0.event : "\($0.event): \($0.detail)"
        }
    }
}

func withPlatform(
    gpus: Int = 2, configure: (inout PlatformConfiguration) -> Void = { _ in }, _ body: (PlatformFixture) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        let fixture = try await PlatformFixture.make(in: directory, gpus: gpus, configure: configure)
        try await body(fixture)
        fixture.platform.beginShutdown()
    }
}
