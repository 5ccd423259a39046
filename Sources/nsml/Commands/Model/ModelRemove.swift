import API
import ArgumentParser
import Client

struct RemoveModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove checkpoints of a session.",
        discussion: """
            EXAMPLES:
              nsml model rm alice/mnist/1 9
              nsml model rm alice/mnist/1 'epoch_*'
              nsml model rm alice/mnist/1/9

            This cannot be undone.
            """,
        aliases: ["remove"])

    @Argument(
        help: ArgumentHelp(
            "The session and the checkpoint, as two words or as one; quoted, * and ? are wildcards.", valueName: "checkpoint"),
        completion: .names(of: .checkpoints))
    var words: [String]

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let checkpoint = try SessionArgument.checkpoint(words)
        let removed = try await options.withClient { client in
            try await client.removeCheckpoints(of: checkpoint.session, matching: checkpoint.checkpoint.rawValue)
        }
        guard !options.json else { return try options.output.record(removed) }
        for record in removed { try options.output.line(Escaping.line("removed \(record.session)/\(record.name)")) }
    }
}
