import API
import ArgumentParser
import Client
import Foundation
import Glibc

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Evaluate Python in the living code of a session.",
        discussion: """
            EXAMPLES:
              nsml exec alice/mnist/1 model
              nsml exec alice/mnist/1 'opt.param_groups[0]["lr"]'
              nsml exec alice/mnist/1 --now 'loss.item()'      # in another thread
              nsml exec alice/mnist/1 < look.py
              nsml exec alice/mnist/1                          # a prompt

            It sees the names that the code gave last with report(scope=locals()) or paused(scope=locals()), else the globals of the \
            script. It runs at the next safe point, a call of report, save or paused, and whatever it raises or prints, training goes \
            on. What it assigns is an event: 'nsml events' shows it.
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: ArgumentHelp("What to evaluate; several words are one expression. (default: a prompt)", valueName: "expr"))
    var words: [String] = []

    @OptionGroup var live: LiveOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let timeout = try live.timeoutSeconds()
        var code = words.joined(separator: " ")
        if words.isEmpty || words == ["-"] {
            guard isatty(STDIN_FILENO) == 0 || words == ["-"] else { return try await prompt(name, timeout) }
            code = try StandardInput.text(limit: Int(Wire.maximumJSONBytes / 2))
        }
        let question = NewQuestion(kind: .exec, text: code, now: live.now, timeoutSeconds: timeout)
        let answer = try await options.withClient { client in
            try await Asking(client: client, session: name, output: options.output).ask(question)
        }
        let status = try AnswerView(output: options.output).show(answer)
        if status != 0 { throw ExitCode(status) }
    }

    private func prompt(_ name: SessionName, _ timeout: Double?) async throws {
        guard !options.json else {
            throw Failure(.invalidRequest, "--json needs something to evaluate", hint: "nsml exec \(name) --json EXPR")
        }
        try await options.withClient { client in
            try await ExecPrompt(client: client, session: name, output: options.output, now: live.now, timeoutSeconds: timeout)
                .run(environment: ProcessInfo.processInfo.environment)
        }
    }
}

/// How an evaluation runs.
struct LiveOptions: ParsableArguments {
    @Flag(help: "At once, in a thread of its own; not at the next safe point.")
    var now = false

    @Option(help: ArgumentHelp("How long it may run before it is ended, as in 90, 5m. (default: 60)", valueName: "time"))
    var timeout: String?

    func timeoutSeconds() throws -> Double? { try timeout.map { try TimeSpan.parse($0, for: "timeout") } }
}

/// What a command reads from standard input.
enum StandardInput {
    static func text(limit: Int) throws -> String {
        var bytes: [UInt8] = []
        do {
            while bytes.count <= limit, let piece = try FileHandle.standardInput.read(upToCount: 1 << 20), !piece.isEmpty {
                bytes.append(contentsOf: piece)
            }
        } catch {
            throw Failure(.localError, "cannot read 'standard input'")
        }
        guard bytes.count <= limit else { throw Failure.tooLarge("standard input", bytes: Int64(bytes.count), limit: Int64(limit)) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(.invalidValue, "the code is no UTF-8") }
        return text
    }
}
