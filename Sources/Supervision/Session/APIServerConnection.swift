import API
import Client
import Content
import Foundation
import Synchronization

/// The real server, over HTTP, with the session's own token. A server that listens elsewhere after a restart is found again.
final class APIServerConnection: ServerConnection {
    private struct State {
        var current: APIClient
        /// Those that are closed at the end, because calls may still be on their way in them.
        var earlier: [APIClient] = []
    }

    private let session: SessionName
    private let token: String
    /// What lies on this node need not be fetched.
    private let store: ContentStore
    private let place: ServerPlace
    private let state: Mutex<State>

    init(plan: SessionPlan, token: String, store: ContentStore) throws {
        session = plan.session
        self.token = token
        self.store = store
        place = ServerPlace(file: plan.serverFile)
        state = Mutex(State(current: try APIClient(url: place.server?.nearestURL ?? plan.serverURL, token: token)))
    }

    /// Runs `body` with this connection and closes it afterwards, whatever happens.
    func closing<Result>(_ body: (any ServerConnection) async throws -> Result) async throws -> Result {
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(self)) } catch { result = .failure(error) }
        for client in state.withLock({ $0.earlier + [$0.current] }) {
            // Nobody uses it any more, whatever it says.
            try? await client.shutdown()
        }
        return try result.get()
    }

    /// One attempt. When it fails the next is made where the server is by then.
    private func call<Answer>(_ body: (APIClient) async throws -> Answer) async throws -> Answer {
        let client = state.withLock { $0.current }
        do {
            return try await body(client)
        } catch {
            try follow(from: client.url)
            // A stranger at the address of our server, which is away, can say nothing of us.
            if case .unknown = ServerRefusal(error), !place.answers(at: client.url) {
                throw Failure(.serverUnreachable, "another server answers at \(client.url)")
            }
            throw error
        }
    }

    private func follow(from url: String) throws {
        guard let now = place.server?.nearestURL, now != url else { return }
        let next = try APIClient(url: now, token: token)
        state.withLock { state in
            // Unless another call was first.
            let isFirst = state.current.url == url
            state.earlier.append(isFirst ? state.current : next)
            if isFirst { state.current = next }
        }
    }

    func putStream(_ stream: SessionStream, offset: Int64, epoch: Int, bytes: [UInt8]) async throws -> Int64 {
        try await call { try await $0.putStream(stream, of: session, offset: offset, epoch: epoch, bytes: bytes).offset }
    }

    func report(_ progress: SessionProgress) async throws {
        try await call { try await $0.progress(of: session, progress) }
    }

    func commands(after: Int64, epoch: Int, waitSeconds: Double) async throws -> [SupervisorCommand] {
        try await call { try await $0.commands(for: session, after: after, waitSeconds: waitSeconds, epoch: epoch) }
    }

    func answer(_ command: Int64, with answer: InferenceAnswer) async throws {
        try await call { try await $0.answer(command, of: session, answer) }
    }

    func shellInput(_ shell: Int64, offset: Int64, known: WindowSize?, waitSeconds: Double) async throws -> ShellInput {
        try await call {
            try await $0.shellInput(
                of: shell, beside: session, offset: offset, rows: known?.rows, columns: known?.columns, waitSeconds: waitSeconds)
        }
    }

    func printInShell(_ shell: Int64, _ output: ShellOutput, waitSeconds: Double) async throws -> ShellOffsets {
        try await call { try await $0.print(output, inShell: shell, beside: session, waitSeconds: waitSeconds) }
    }

    func pushTree(_ directory: URL) async throws -> Digest {
        try await call { try await Push($0).run(try await TreeScan.scan(directory)) }
    }

    func addCheckpoint(_ checkpoint: NewCheckpoint) async throws {
        try await call { try await $0.addCheckpoint(of: session, checkpoint) }
    }

    func fetchCheckpoint(_ reference: CheckpointReference, into directory: URL) async throws {
        try await call { client in
            let manifest = try await client.manifest(of: .checkpoint(reference))
            if try await store.missing(manifest.entries.map(\.digest)).isEmpty {
                try store.layOut(manifest.entries, at: directory, as: .writable, flushes: false)
            } else {
                try await Pull(client).run(.checkpoint(reference), into: directory)
            }
        }
    }
}

/// Where the server says that it is, in a file of its data directory.
struct ServerPlace: Sendable {
    /// nil: nowhere, since it is not on this machine.
    var file: String?

    /// The server that works on the directory, or did last.
    var server: ServerProcess? { file.flatMap { DurableFile.read(ServerProcess.self, from: $0) } }

    /// Whether what answers at `url` can be our server; so it is where nothing is known.
    func answers(at url: String) -> Bool {
        guard let server else { return true }
        return server.nearestURL == url && ProcessTable.status(of: server.pid)?.startTime == server.startTime
    }
}
