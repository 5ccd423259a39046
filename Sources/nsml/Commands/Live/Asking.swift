import API
import Client
import Foundation

/// Asks a session and waits for the answer, however long that takes; Ctrl-C ends the question, not the session.
struct Asking: Sendable {
    /// Each request waits so long; the server allows half a minute.
    private static let waitSeconds = 25.0
    /// After this a person wonders.
    private static let silence = Duration.seconds(2)
    /// What has been ended answers soon, if its code comes back to Python at all.
    private static let endLimit = Duration.seconds(12)

    let client: APIClient
    let session: SessionName
    let output: Output

    /// What came of it. Throws what the server says, and `interrupted` when Ctrl-C was pressed and no answer came after that.
    func ask(_ question: NewQuestion) async throws -> QuestionAnswer {
        let number = Slot<Int64>()
        let answer = Slot<QuestionAnswer>()
        let interrupted = try await Interrupt.ends {
            answer.value = try await self.wait(for: question, number: number)
        }
        if interrupted { answer.value = try await end(number.value) }
        guard let answer = answer.value else { throw Failure(.interrupted, "interrupted") }
        return answer
    }

    private func wait(for question: NewQuestion, number: Slot<Int64>) async throws -> QuestionAnswer {
        let remark = Task {
            try await Task.sleep(for: Self.silence)
            guard question.now != true, output.terminal.errorIsTerminal else { return }
            output.note(
                "nsml: no answer yet: it runs, or waits for the next safe point of \(session) (report, save or paused), for which --now "
                    + "does not wait; Ctrl-C ends it")
        }
        defer { remark.cancel() }
        // The number first: without it Ctrl-C could not end the question.
        var record = try await client.ask(question, of: session)
        number.value = record.number
        while true {
            if let answer = record.answer { return answer }
            try Task.checkCancellation()
            record = try await client.question(record.number, of: session, waitSeconds: Self.waitSeconds)
        }
    }

    private func end(_ number: Int64?) async throws -> QuestionAnswer? {
        guard let number else { return nil }
        try await client.endQuestion(number, of: session)
        let (client, session) = (client, session)
        return try await within(Self.endLimit) {
            while true {
                if let answer = try await client.question(number, of: session, waitSeconds: Self.waitSeconds).answer { return answer }
            }
        }
    }
}

/// Shows an answer: output and value on standard output, all else on standard error.
struct AnswerView {
    let output: Output

    /// Returns the exit status.
    @discardableResult
    func show(_ answer: QuestionAnswer) throws -> Int32 {
        guard !output.json else {
            try output.record(answer)
            return Self.status(of: answer)
        }
        if let text = answer.output, !text.isEmpty { try print(text) }
        if let value = answer.value { try print(value + "\n") }
        if let text = answer.text { try print(text) }
        if let changes = answer.changes, output.terminal.errorIsTerminal {
            for change in changes {
                output.note(Escaping.line("\(change.target): \(change.old ?? "nothing") -> \(change.new ?? "nothing")"))
            }
        }
        for note in answer.notes ?? [] { output.note("nsml: \(Escaping.line(note))") }
        switch answer.state {
        case .done: break
        case .failed: output.note(Self.escaped(answer.traceback ?? answer.error ?? "it failed"))
        case .timeout, .interrupted:
            if let traceback = answer.traceback, !traceback.isEmpty { output.note(Self.escaped(traceback)) }
            let what = answer.state == .timeout ? "it took too long and was ended; --timeout gives it longer" : "interrupted"
            output.note("nsml: \(Escaping.line(answer.error ?? what))")
        }
        return Self.status(of: answer)
    }

    static func status(of answer: QuestionAnswer) -> Int32 {
        switch answer.state {
        case .done: 0
        case .failed: 1
        case .timeout: 8
        case .interrupted: 130
        }
    }

    private func print(_ text: String) throws {
        try output.bytes(Array((Self.escaped(text) + (text.hasSuffix("\n") ? "\n" : "")).utf8))
    }

    /// Without a line end at the end.
    private static func escaped(_ text: String) -> String {
        var escaping = Escaping()
        let bytes = escaping.feed(text.utf8) + escaping.finish()
        let safe = String(decoding: bytes, as: UTF8.self)
        return safe.hasSuffix("\n") ? String(safe.dropLast()) : safe
    }
}
