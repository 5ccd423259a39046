import API
import Client
import Foundation

/// The prompt of `nsml exec SESSION`: a line at a time, evaluated in the session's living code.
struct ExecPrompt {
    /// More candidates are not listed.
    private static let maximumListed = 200
    private static let completionSeconds = 2.0
    private static let first = ">>> "
    private static let more = "... "

    let client: APIClient
    let session: SessionName
    let output: Output
    let now: Bool
    let timeoutSeconds: Double?

    func run(environment: [String: String]) async throws {
        let record = try await client.session(session)
        output.note("nsml: \(session) is \(record.state.rawValue); Tab completes, Ctrl-C ends an evaluation, Ctrl-D leaves")
        guard let terminal = RawTerminal(environment: environment) else { return try await runPlainly() }
        let history = PromptHistory(environment: environment)
        var editor = LineEditor(history: history.load())
        while let code = try await terminal.raw({ try await read(terminal, &editor) }) {
            if !code.allSatisfy(\.isWhitespace) {
                for line in code.split(separator: "\n") where !line.allSatisfy(\.isWhitespace) {
                    editor.remember(String(line))
                    history.append(String(line))
                }
                try await evaluate(code)
            }
        }
    }

    /// Where lines cannot be edited: each as it comes.
    private func runPlainly() async throws {
        var input = PythonInput()
        while true {
            try output.bytes(Array((input.isEmpty ? Self.first : Self.more).utf8))
            guard let line = readLine() else { return try output.line("") }
            guard input.isComplete(with: line) else { continue }
            let code = input.code
            input.clear()
            if !code.allSatisfy(\.isWhitespace) { try await evaluate(code) }
        }
    }

    /// The next piece of code; nil when somebody leaves.
    private func read(_ terminal: RawTerminal, _ editor: inout LineEditor) async throws -> String? {
        var input = PythonInput()
        editor.clear()
        while true {
            let prompt = input.isEmpty ? Self.first : Self.more
            terminal.draw(prompt: prompt, editor)
            guard let key = terminal.key() else { return nil }
            let line = editor.line
            switch editor.handle(key) {
            case .redraw, .none: continue
            case .submit(let line):
                terminal.finish(prompt: prompt, line)
                if input.isComplete(with: line) { return input.code }
            case .pasted(let lines):
                for (index, line) in lines.enumerated() {
                    terminal.write("\r\u{1B}[J" + (input.isEmpty && index == 0 ? Self.first : Self.more) + Escaping.line(line) + "\r\n")
                    input.add(line)
                }
            case .complete(let text):
                await complete(text, prompt: prompt, terminal, &editor)
            case .interrupt:
                terminal.finish(prompt: prompt, line)
                input.clear()
            case .leave:
                guard input.isEmpty else { continue }
                terminal.write("\r\n")
                return nil
            case .clearScreen: terminal.clearScreen()
            }
        }
    }

    private func complete(_ text: String, prompt: String, _ terminal: RawTerminal, _ editor: inout LineEditor) async {
        // Without an answer there is nothing to complete.
        guard
            let record = try? await client.ask(
                NewQuestion(kind: .complete, text: text), of: session, waitSeconds: Self.completionSeconds),
            let answer = record.answer, let prefix = answer.prefix, let found = answer.completions, !found.isEmpty
        else { return terminal.write("\u{7}") }
        let common = found.dropFirst().reduce(found[0]) { $0.commonPrefix(with: $1) }
        if common.count > prefix.count {
            editor.insert(String(common.dropFirst(prefix.count)))
        } else if found.count > 1 {
            terminal.finish(prompt: prompt, editor.line)
            let names = found.prefix(Self.maximumListed).map { Escaping.line($0) }
            for row in Self.columns(names, width: output.terminal.width ?? 80) { terminal.write(row + "\r\n") }
            if found.count > names.count { terminal.write("... \(found.count - names.count) more\r\n") }
        }
    }

    /// Names side by side, as `ls` has them.
    static func columns(_ names: [String], width: Int) -> [String] {
        let wide = (names.map { DisplayWidth.of($0) }.max() ?? 0) + 2
        let count = max(1, width / wide)
        return stride(from: 0, to: names.count, by: count).map { start in
            names[start..<min(names.count, start + count)]
                .map { $0 + String(repeating: " ", count: wide - DisplayWidth.of($0)) }.joined().trimmingSuffix()
        }
    }

    private func evaluate(_ code: String) async throws {
        let question = NewQuestion(kind: .exec, text: code, now: now, timeoutSeconds: timeoutSeconds)
        do {
            try AnswerView(output: output).show(try await Asking(client: client, session: session, output: output).ask(question))
        } catch let failure as Failure where Self.isPassing(failure) {
            output.note("nsml: \(Escaping.line(failure.description))")
        }
    }

    /// What may be over by the next line; anything else ends the prompt.
    private static func isPassing(_ failure: Failure) -> Bool {
        ![.notLoggedIn, .forbidden, .wrongState].contains(failure.code)
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
