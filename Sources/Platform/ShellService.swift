package import API
import Content
import Foundation
package import Store

/// Shells beside the processes of sessions: what their owners and administrators type, and what their supervisors print. Opening one is
/// an event, and is in the audit log with what it runs (rule E5).
package struct ShellService: Sendable {
    private static let maximumWords = 1_000
    private static let maximumCommandBytes = 100_000
    private static let maximumSide = 10_000

    private let store: Store
    private let feed: Feed
    private let board: CommandBoard

    package init(store: Store, feed: Feed, board: CommandBoard) {
        self.store = store
        self.feed = feed
        self.board = board
    }

    /// Opens one.
    package func open(_ new: NewShell, beside name: SessionName, by identity: Identity) async throws -> ShellRecord {
        try Self.check(new)
        let words = new.words ?? []
        let session = try await store.write { transaction in
            let session = try transaction.changeableSession(name, by: identity, to: "open a shell in")
            guard session.record.state == .running || session.record.state == .paused else {
                throw Failure.wrongState(
                    name, session.record.state, needed: "a shell can be opened beside a session that runs, or is paused with its process")
            }
            let detail = words.isEmpty ? "a shell was opened" : "a shell was opened: \(words.joined(separator: " ").prefix(200))"
            _ = try transaction.appendEvent(
                session: session.id, actor: identity.user.rawValue, event: "shell", detail: detail, at: Date())
            return session.id
        }
        let number = board.nextNumber()
        var parameters: [String: String] = [:]
        if let terminal = new.terminal { parameters["terminal"] = terminal }
        let command = SupervisorCommand(
            number: number, kind: .shell, contentType: "application/json", parameters: parameters, body: try Wire.encoder().encode(words))
        try board.shells.open(command, rows: new.rows, columns: new.columns, of: session, by: identity.user, now: .now)
        feed.changed(session)
        return ShellRecord(number: number)
    }

    /// A shell as the audit log names it.
    package static func audited(_ new: NewShell, beside name: SessionName) -> String {
        (new.words ?? []).isEmpty ? "\(name)" : "\(name): \(AuditedText.of(new.words?.joined(separator: " ") ?? ""))"
    }

    private static func check(_ new: NewShell) throws {
        let words = new.words ?? []
        guard words.count <= maximumWords, words.reduce(0, { $0 + $1.utf8.count }) <= maximumCommandBytes else {
            throw Failure(.tooLarge, "the command is too long", hint: "put it into a file, and give that to a shell as its input")
        }
        guard words.allSatisfy({ !$0.utf8.contains(0) }) else { throw Failure(.invalidRequest, "the command has a zero byte in it") }
        if let terminal = new.terminal {
            guard !terminal.isEmpty, terminal.utf8.count <= 64,
                terminal.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
            else { throw Failure.invalidValue("terminal", terminal, expected: "what TERM says, as in xterm-256color") }
        }
        try check(new.rows, "rows")
        try check(new.columns, "columns")
    }

    private static func check(_ side: Int?, _ name: String) throws {
        if let side, !(1...maximumSide).contains(side) {
            throw Failure.invalidValue(name, "\(side)", expected: "1 to \(maximumSide)")
        }
    }

    // MARK: Whoever has opened it

    /// Takes what is typed; the answer says up to where, which may be less than was sent while the shell does not read.
    package func type(_ input: ShellInput, into number: Int64, beside name: SessionName, by identity: Identity) async throws
        -> StreamOffset
    {
        guard input.bytes.count <= ShellInput.maximumBytes else {
            throw Failure.tooLarge("the input", bytes: Int64(input.bytes.count), limit: Int64(ShellInput.maximumBytes))
        }
        try Self.check(input.rows, "rows")
        try Self.check(input.columns, "columns")
        let session = try await session(name, identity)
        let taken = try board.shells.type(input, into: number, of: session, by: identity.user, now: .now)
        feed.told(Self.inputKey(number))
        return taken
    }

    /// What it has printed from the offsets on, as soon as there is something or it is over; empty when `waitSeconds` are.
    package func output(
        of number: Int64, from offsets: ShellOffsets, waitSeconds: Double, beside name: SessionName, by identity: Identity
    ) async throws -> ShellOutput {
        let session = try await session(name, identity)
        let piece = try await feed.first(for: Self.outputKey(number), seconds: waitSeconds) {
            board.shells.noticeLost(now: .now)
            return try board.shells.read(number, from: offsets, of: session, by: identity.user, now: .now)
        }
        // There is room again.
        if piece != nil { feed.told(Self.roomKey(number)) }
        return piece ?? ShellOutput(offset: offsets.offset, errorsOffset: offsets.errorsOffset)
    }

    /// Has it end.
    package func close(_ number: Int64, beside name: SessionName, by identity: Identity) async throws {
        try board.shells.close(number, of: try await session(name, identity), by: identity.user)
        feed.told(Self.inputKey(number))
        feed.told(Self.roomKey(number))
    }

    private func session(_ name: SessionName, _ identity: Identity) async throws -> Int64 {
        try await store.read { try $0.changeableSession(name, by: identity, to: "open a shell in").id }
    }

    // MARK: Its supervisor

    /// What was typed from `offset` on; empty when `waitSeconds` are over.
    package func input(
        of number: Int64, from offset: Int64, known: (rows: Int?, columns: Int?), waitSeconds: Double, beside name: SessionName
    ) async throws -> ShellInput {
        let session = try await session(name)
        let piece = try await feed.first(for: Self.inputKey(number), seconds: waitSeconds) {
            try board.shells.input(number, from: offset, known: known, of: session, now: .now)
        }
        return piece ?? ShellInput(offset: offset, rows: known.rows, columns: known.columns)
    }

    /// Takes what it prints; the answer says up to where, and comes when there is room, or `waitSeconds` are over.
    package func print(_ output: ShellOutput, of number: Int64, waitSeconds: Double, beside name: SessionName) async throws -> ShellOffsets
    {
        guard output.output.count + output.errors.count <= ShellOutput.maximumBytes else {
            throw Failure.tooLarge(
                "the output", bytes: Int64(output.output.count + output.errors.count), limit: Int64(ShellOutput.maximumBytes))
        }
        let session = try await session(name)
        let taken = try await feed.first(for: Self.roomKey(number), seconds: waitSeconds) {
            let taken = try board.shells.print(output, of: number, of: session, now: .now)
            feed.told(Self.outputKey(number))
            return taken
        }
        return taken ?? ShellOffsets(offset: output.offset, errorsOffset: output.errorsOffset)
    }

    private func session(_ name: SessionName) async throws -> Int64 {
        try await store.read { transaction in
            guard let session = try transaction.session(name) else { throw Failure.noSession(name) }
            return session.id
        }
    }

    // Numbers of commands are from the time of day in microseconds: far from all other keys, also as multiples.
    private static func inputKey(_ number: Int64) -> Int64 { -number * 3 }
    static func outputKey(_ number: Int64) -> Int64 { -number * 3 - 1 }
    private static func roomKey(_ number: Int64) -> Int64 { -number * 3 - 2 }
    static func feedKeys(of number: Int64) -> [Int64] { [inputKey(number), outputKey(number), roomKey(number)] }
}

/// How the audit log writes down what somebody has asked or typed.
enum AuditedText {
    private static let characters = 300

    /// Its beginning; by the hash it can be proven what all of it was.
    static func of(_ text: String) -> String { "\(text.prefix(characters)) [\(Digest(of: Array(text.utf8)))]" }
}
