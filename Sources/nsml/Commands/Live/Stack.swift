import API
import ArgumentParser
import Client

struct StackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stack",
        abstract: "Show where a session's code is: the Python stacks of all its threads.",
        discussion: """
            EXAMPLES:
              nsml stack alice/mnist/1

            It waits for no safe point, so it also shows where code hangs. Where the nsml library cannot answer (code that does not use \
            it, a call into C that holds the interpreter) it is asked otherwise: by faulthandler, or by py-spy where the node has it.
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let answer = try await options.withClient { client in
            // At once, so that nobody is told to wait for a safe point.
            try await Asking(client: client, session: name, output: options.output).ask(NewQuestion(kind: .stack, now: true))
        }
        let status = try AnswerView(output: options.output).show(answer)
        if status != 0 { throw ExitCode(status) }
    }
}
