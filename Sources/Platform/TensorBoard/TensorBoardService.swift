package import API
package import Content
import Foundation
package import Store
import Synchronization

/// TensorBoards of sessions. Each is a session of its own, without a network, that answers requests of browsers as a model answers
/// questions; it ends when nobody has asked for some minutes, and is started again by who opens it again.
package struct TensorBoardService: Sendable {
    /// A request of a browser, as far as TensorBoard needs it.
    package struct Question: Sendable {
        package var method: String
        package var path: String
        package var query: String
        package var contentType: String
        package var body: [UInt8]

        package init(method: String, path: String, query: String, contentType: String, body: [UInt8]) {
            self.method = method
            self.path = path
            self.query = query
            self.contentType = contentType
            self.body = body
        }
    }

    package struct Answer: Sendable {
        package var status: Int
        package var contentType: String
        package var contentEncoding: String?
        /// The same address has the same content for ever.
        package var isFixed: Bool
        package var body: [UInt8]
    }

    /// One for each user and set of sessions.
    private struct Place: Hashable {
        var user: UserName
        var sessions: [SessionName]
    }

    /// What a key opens: for as long as the token is good with which it was asked for.
    private struct Key {
        var place: Place
        var grant: Grant
        var text: String
    }

    private final class State: Sendable {
        let running = Mutex<[Place: TensorBoardFeed]>([:])
        let keys = Mutex<[Digest: Key]>([:])
    }

    /// Those who opened the most are the first whose keys are forgotten; they open it again.
    private static let maximumKeys = 10_000
    private static let resources = Resources(gpus: 0, cpus: 1, memoryBytes: 2_000_000_000, sharedMemoryBytes: 64_000_000)
    private static let workspace = [
        "main.py": "from nsml import tensorboard\n\ntensorboard.serve()\n", "requirements.txt": "tensorboard==2.21.0\n",
    ]

    private let store: Store
    private let content: ContentStore
    private let users: UserService
    private let creation: SessionCreation
    private let feed: Feed
    private let board: CommandBoard
    private let files: SessionFileService
    private let answerSeconds: Double
    private let state = State()

    package init(
        store: Store, content: ContentStore, users: UserService, creation: SessionCreation, feed: Feed, board: CommandBoard,
        files: SessionFileService, answerSeconds: Double
    ) {
        self.store = store
        self.content = content
        self.users = users
        self.creation = creation
        self.feed = feed
        self.board = board
        self.files = files
        self.answerSeconds = answerSeconds
    }

    /// Finds or starts the one of these sessions, and answers how it stands.
    package func open(_ new: NewTensorBoard, grant: Grant) async throws -> TensorBoardRecord {
        guard (1...NewTensorBoard.maximumSessions).contains(new.sessions.count) else {
            throw Failure.invalidValue("sessions", "\(new.sessions.count)", expected: "1 to \(NewTensorBoard.maximumSessions)")
        }
        let names = Set(new.sessions).sorted { "\($0)" < "\($1)" }
        try await store.read { transaction in for name in names { _ = try transaction.visibleSession(name, to: grant.identity) } }
        let place = Place(user: grant.identity.user, sessions: names)
        let session = try await session(at: place, grant.identity)
        let record = session.record
        return TensorBoardRecord(
            path: "/tensorboard/\(key(to: place, grant))/", session: record.name, state: record.state, isReady: record.state == .paused,
            reason: record.reason)
    }

    /// What TensorBoard answers to a request that came with this key. Throws `not_found` for one that opens nothing, and `wrong_state`
    /// where it has ended or has not begun.
    package func ask(_ question: Question, key: String) async throws -> Answer {
        guard let known = state.keys.withLock({ keys in Secret(key).flatMap { keys[$0.hash] } }) else { throw Self.isOver }
        try await users.check(known.grant)
        guard let source = state.running.withLock({ $0[known.place] }),
            let session = try await store.read({ try $0.session(id: source.session) }), session.record.state == .paused,
            session.stop == nil, !session.isBeingRemoved
        else { throw Failure(.wrongState, "this TensorBoard has ended, because nobody looked at it", hint: "open it again") }
        if question.path.contains("/data/") {
            try await source.bringUpToDate(for: known.grant.identity) { head, body in
                _ = try await tell(session.id, head, body)
            }
        }
        struct Request: Encodable { var `do` = "get", method, path, query, type: String }
        struct Head: Decodable {
            var status: Int
            var type: String
            var encoding: String?
            var isFixed: Bool
        }
        let request = Request(method: question.method, path: question.path, query: question.query, type: question.contentType)
        let answer = try await tell(session.id, Wire.encoder().encode(request), Data(question.body))
        // It reads files that users' code has written: nothing that it says is taken on trust.
        guard let line = answer.firstIndex(of: 0x0A), let head = try? JSONDecoder().decode(Head.self, from: answer[..<line]),
            (200...599).contains(head.status), head.encoding == nil || head.encoding == "gzip"
        else { throw Failure(.inferenceFailed, "TensorBoard gave no answer") }
        return Answer(
            status: head.status, contentType: head.type, contentEncoding: head.encoding, isFixed: head.isFixed,
            body: [UInt8](answer[(line + 1)...]))
    }

    /// Whom a key lets in, and to which sessions; nil for none.
    package func holder(of key: String) -> (identity: Identity, sessions: [SessionName])? {
        state.keys.withLock { keys in Secret(key).flatMap { keys[$0.hash] } }.map { ($0.grant.identity, $0.place.sessions) }
    }

    private static let isOver = Failure(.notFound, "there is no such TensorBoard, or no longer", hint: "open it again")

    private func tell(_ session: Int64, _ head: Data, _ body: Data) async throws -> Data {
        let number = try board.ask(session, contentType: "application/octet-stream", parameters: [:], body: head + [0x0A] + body)
        feed.changed(session)
        let answer = try await board.answer(to: number, of: session, seconds: answerSeconds)
        if let failure = answer.failure { throw Failure(.inferenceFailed, "TensorBoard did not answer: \(failure)") }
        return answer.body
    }

    private func key(to place: Place, _ grant: Grant) -> String {
        state.keys.withLock { keys in
            if let known = keys.values.first(where: { $0.place == place && $0.grant.isSame(as: grant) }) { return known.text }
            if keys.count >= Self.maximumKeys { keys.removeAll() }
            let secret = Secret()
            keys[secret.hash] = Key(place: place, grant: grant, text: secret.text)
            return secret.text
        }
    }

    private func session(at place: Place, _ identity: Identity) async throws -> StoredSession {
        if let running = state.running.withLock({ $0[place] }),
            let known = try await store.read({ try $0.session(id: running.session) }), !known.record.state.isFinal, known.stop == nil,
            !known.isBeingRemoved
        {
            return known
        }
        let session = try await creation.create(
            NewSession(
                workspace: try await workspace(for: identity), entry: "main.py", arguments: [], datasets: [], resources: Self.resources,
                priority: 10, memo: "TensorBoard of \(place.sessions.map(\.description).joined(separator: ", "))", isPrivate: true,
                network: false, type: .infer),
            by: identity)
        let source = TensorBoardFeed(of: place.sessions, session: session.id, store: store, files: files)
        // Each holds what it has read of its sessions: those that are over go.
        let open = try await store.read { Set(try $0.sessions(in: SessionState.open).map(\.id)) }
        state.running.withLock { running in
            running = running.filter { open.contains($0.value.session) }
            running[place] = source
        }
        return session
    }

    /// The code that such a session runs, as if its user had pushed it.
    private func workspace(for identity: Identity) async throws -> Digest {
        let content = content
        let entries = try Self.workspace.map { path, text in
            Manifest.Entry(path: path, digest: try content.put(Array(text.utf8)), size: Int64(text.utf8.count))
        }
        let bytes = try Manifest(entries: entries).bytes
        let digest = try content.put(bytes)
        let all = entries.map { ($0.digest, $0.size) } + [(digest, Int64(bytes.count))]
        try await store.write { try content.note(all.map { (digest: $0.0, bytes: $0.1) }, holder: identity.user, in: $0) }
        return digest
    }
}
