import API
import ArgumentParser
import Client

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove sessions with all that they made: log, metrics, checkpoints.",
        discussion: """
            EXAMPLES:
              nsml rm alice/mnist/1
              nsml rm 'alice/mnist/*'
              nsml rm -f alice/mnist/2            # also when it runs

            This cannot be undone.
            """,
        aliases: ["remove"])

    @Argument(help: "The sessions; quoted, * and ? are wildcards.", completion: .names(of: .sessions))
    var sessions: [String]

    @Flag(name: [.short, .long], help: "Also those that run.")
    var force = false

    @Flag(name: [.short, .long], help: ArgumentHelp("Without effect: nothing is left behind in any case.", visibility: .hidden))
    var skip = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.withClient { client in
            var removed: [SessionName] = []
            let names = try await SessionSelection.resolve(sessions, client: client)
            try await SessionSelection.forEach(names) { name in
                try await client.removeSession(name, force: force)
                removed.append(name)
                if !options.json { try options.output.line("removed \(name)") }
            }
            if options.json { try options.output.record(removed) }
        }
    }
}
