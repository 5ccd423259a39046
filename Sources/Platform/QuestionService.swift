package import API
import Foundation
package import Store

/// Questions to the living code of sessions, and what they changed. Only the owner and administrators ask; whoever does is written down
/// with what was asked (rule E5).
package struct QuestionService: Sendable {
    private static let maximumCodeBytes = 4 << 20
    private static let maximumWords = 100
    private static let maximumTimeoutSeconds = 86_400.0

    private let store: Store
    private let feed: Feed
    private let board: CommandBoard

    package init(store: Store, feed: Feed, board: CommandBoard) {
        self.store = store
        self.feed = feed
        self.board = board
    }

    /// Asks. The record has the answer when that comes within `waitSeconds`.
    ///
    /// - Parameter address: from where, for the audit.
    package func ask(
        _ new: NewQuestion, of name: SessionName, waitSeconds: Double, by identity: Identity, from address: String
    ) async throws -> QuestionRecord {
        let (command, body) = try Self.command(new)
        let number = board.nextNumber()
        let id = try await admit(new, number, of: name, by: identity, from: address)
        var parameters = ["command": new.kind.rawValue, "number": "\(number)"]
        if new.now == true { parameters["now"] = "true" }
        if let timeout = new.timeoutSeconds { parameters["timeout"] = "\(timeout)" }
        try board.ask(
            SupervisorCommand(number: number, kind: .question, contentType: command, parameters: parameters, body: body), kind: new.kind,
            of: id)
        feed.changed(id)
        // It may have ended while the question was on its way here: then nobody would answer it.
        let now = try await store.read { try $0.session(id: id)?.record }
        if now?.state.isFinal ?? true { board.ended(id, reason: "the session is over") }
        return try await record(number, of: id, waitSeconds: waitSeconds)
    }

    /// The question with its answer, as soon as there is one, or without when `waitSeconds` are over.
    package func question(_ number: Int64, of name: SessionName, waitSeconds: Double, by identity: Identity) async throws -> QuestionRecord
    {
        let session = try await store.read { try $0.changeableSession(name, by: identity, to: "question") }
        return try await record(number, of: session.id, waitSeconds: waitSeconds)
    }

    /// Ends the evaluation, or takes the question back. Its answer says what came of it.
    package func end(_ number: Int64, of name: SessionName, by identity: Identity) async throws {
        let session = try await store.read { try $0.changeableSession(name, by: identity, to: "question") }
        try board.endQuestion(number, of: session.id)
        feed.changed(session.id)
    }

    /// What was changed by hand, oldest first.
    package func changes(_ name: SessionName, after: Int64, limit: Int, for identity: Identity) async throws -> Page<ChangeRecord> {
        try await store.read { transaction in
            let session = try transaction.visibleSession(name, to: identity)
            let changes = try transaction.changes(session: session.id, after: after, limit: limit)
            return Page(items: changes.map(\.change), next: changes.count == limit ? changes.last.map { "\($0.offset)" } : nil)
        }
    }

    /// Looks whether the session can be asked, and writes down who asks what.
    private func admit(
        _ new: NewQuestion, _ number: Int64, of name: SessionName, by identity: Identity, from address: String
    ) async throws -> Int64 {
        guard new.kind.runsCode else {
            let session = try await store.read { try $0.changeableSession(name, by: identity, to: "question") }
            try Self.checkLives(session.record)
            return session.id
        }
        return try await store.write { transaction in
            let session = try transaction.changeableSession(name, by: identity, to: "question")
            try Self.checkLives(session.record)
            let now = Date()
            try transaction.addQuestion(session: session.id, number: number, actor: identity.user, kind: new.kind, at: now)
            try transaction.appendAudit(
                actor: identity.user.rawValue, action: "session \(new.kind.rawValue)", object: Self.audited(new, of: name), result: "ok",
                address: address, at: now)
            return session.id
        }
    }

    /// A question as the audit log names it. By the hash it can be proven what was asked, also behind what is shown of it.
    package static func audited(_ new: NewQuestion, of name: SessionName) -> String {
        let text = new.text ?? new.words?.joined(separator: " ") ?? ""
        return "\(name): \(AuditedText.of(text))"
    }

    private static func checkLives(_ session: SessionRecord) throws {
        guard session.state != .running, session.state != .paused else { return }
        throw Failure.wrongState(
            session.name, session.state,
            needed: session.state.isFinal ? "only a session that runs can be asked" : "it can be asked as soon as it runs")
    }

    /// The media type and the body for the library.
    private static func command(_ new: NewQuestion) throws -> (type: String, body: Data) {
        if let timeout = new.timeoutSeconds, !(timeout > 0 && timeout <= maximumTimeoutSeconds) {
            throw Failure.invalidValue("timeoutSeconds", "\(timeout)", expected: "more than 0, and at most a day")
        }
        let body: Data
        switch new.kind {
        case .exec, .complete: body = Data((new.text ?? "").utf8)
        case .actions, .stack: body = Data()
        case .set:
            guard let words = new.words, !words.isEmpty else {
                throw Failure(.invalidRequest, "there is nothing to set", hint: "write NAME=VALUE")
            }
            body = Data(words.joined(separator: "\n").utf8)
        case .action:
            guard let words = new.words, !words.isEmpty else { throw Failure(.invalidRequest, "no action was named") }
            body = try Wire.encoder().encode(words)
        }
        guard body.count <= maximumCodeBytes else {
            throw Failure.tooLarge("the question", bytes: Int64(body.count), limit: Int64(maximumCodeBytes))
        }
        guard (new.words?.count ?? 0) <= maximumWords else {
            throw Failure(.tooLarge, "\(new.words?.count ?? 0) words are too many", hint: "the limit is \(maximumWords)")
        }
        return (new.kind == .action ? "application/json" : "text/x-python", body)
    }

    private func record(_ number: Int64, of session: Int64, waitSeconds: Double) async throws -> QuestionRecord {
        let answered = try await feed.first(for: session, seconds: waitSeconds) { () throws -> QuestionRecord? in
            let (kind, found) = try board.question(number, of: session)
            return try found.map { QuestionRecord(number: number, kind: kind, answer: try Self.answer($0)) }
        }
        return try answered ?? QuestionRecord(number: number, kind: board.question(number, of: session).0)
    }

    private static func answer(_ found: InferenceAnswer) throws -> QuestionAnswer {
        if let failure = found.failure { throw Failure(.sessionFailed, failure) }
        do {
            return try JSONDecoder().decode(QuestionAnswer.self, from: found.body)
        } catch {
            throw Failure(.sessionFailed, "the session's answer was not understood", hint: "did its code replace a part of nsml?")
        }
    }
}
