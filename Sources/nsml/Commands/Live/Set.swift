import API
import ArgumentParser
import Client

struct SetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change values in the living code of a session, on record.",
        discussion: """
            EXAMPLES:
              nsml set alice/mnist/1 "opt.param_groups[0]['lr']=1e-4"
              nsml set alice/mnist/1 config.batch=64 lr*=0.5

            All take effect at the next safe point (a call of report, save or paused), or none does. A value is a Python expression: a \
            text needs quotes of its own, as in "name='adam'". Each change is an event with step, old and new value: 'nsml events' \
            shows it.
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: ArgumentHelp("What to change: a name, attribute or item, and its new value.", valueName: "name=value"))
    var assignments: [String]

    @Option(help: ArgumentHelp("How long it may run before it is ended, as in 90, 5m. (default: 60)", valueName: "time"))
    var timeout: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        guard !assignments.isEmpty else {
            throw Failure(.invalidRequest, "there is nothing to set", hint: "nsml set \(name) NAME=VALUE")
        }
        for word in assignments where !word.contains("=") || word.contains(where: \.isNewline) {
            throw Failure.invalidValue("assignment", word, expected: "NAME=VALUE on one line, as in lr=1e-4")
        }
        let seconds = try timeout.map { try TimeSpan.parse($0, for: "timeout") }
        let answer = try await options.withClient { client in
            try await Asking(client: client, session: name, output: options.output).ask(
                NewQuestion(kind: .set, words: assignments, timeoutSeconds: seconds))
        }
        if !options.json, answer.state == .done {
            for change in answer.changes ?? [] {
                try options.output.line(Escaping.line("\(change.target): \(change.old ?? "nothing") -> \(change.new ?? "nothing")"))
            }
        }
        var shown = answer
        if !options.json { shown.changes = nil }
        let status = try AnswerView(output: options.output).show(shown)
        if status != 0 { throw ExitCode(status) }
    }
}
