import API
import ArgumentParser
import Client

struct DoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "do",
        abstract: "Call a named action of a session's code, or list them.",
        discussion: """
            EXAMPLES:
              nsml do alice/mnist/1                    # which are there
              nsml do alice/mnist/1 render
              nsml do alice/mnist/1 render 3 fast=True

            The code names them: nsml.action("render", function). They are called at the next safe point.
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: ArgumentHelp("The action, and its arguments; NAME=VALUE is a keyword. (default: list them)", valueName: "action"))
    var words: [String] = []

    @OptionGroup var live: LiveOptions
    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let question =
            words.isEmpty
            ? NewQuestion(kind: .actions)
            : NewQuestion(kind: .action, words: words, now: live.now, timeoutSeconds: try live.timeoutSeconds())
        let answer = try await options.withClient { client in
            try await Asking(client: client, session: name, output: options.output).ask(question)
        }
        if words.isEmpty { return try list(answer.actions ?? [], of: name) }
        let status = try AnswerView(output: options.output).show(answer)
        if status != 0 { throw ExitCode(status) }
    }

    private func list(_ actions: [ActionRecord], of name: SessionName) throws {
        guard !options.json else { return try options.output.record(actions) }
        guard !actions.isEmpty else {
            return options.output.note("nsml: the code of \(name) has no actions; nsml.action(\"render\", function) makes one")
        }
        var table = Table([.init("Action"), .init("Parameters"), .init("Description", givesWay: true)])
        for action in actions { table.add([.init(action.name), .init(action.parameters), .init(action.description)]) }
        try options.output.table(table)
    }
}
