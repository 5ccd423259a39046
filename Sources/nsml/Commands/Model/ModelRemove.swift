import API
import ArgumentParser
import Client
import Platform

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

    @OptionGroup var confirmation: ConfirmationOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let checkpoint = try SessionArgument.checkpoint(words)
        let removed = try await options.withClient { client in
            let isPattern = SessionArgument.isPattern(checkpoint.checkpoint.rawValue)
            if confirmation.dryRun || isPattern && options.output.terminal.errorIsTerminal {
                let pattern = Glob(checkpoint.checkpoint.rawValue)
                let found = try await collect { try await client.checkpoints(of: checkpoint.session, after: $0) }
                    .filter { pattern.matches($0.name.rawValue) }
                let size = ByteSize.format(found.reduce(0) { $0 + $1.bytes })
                guard !confirmation.dryRun else {
                    for record in found { try options.output.line(Escaping.line("\(record.session)/\(record.name) would be removed")) }
                    return nil as [CheckpointRecord]?
                }
                if !found.isEmpty { try confirmation.confirm("remove \(found.count) models of \(checkpoint.session), \(size)?") }
            }
            return try await client.removeCheckpoints(of: checkpoint.session, matching: checkpoint.checkpoint.rawValue)
        }
        guard let removed else { return }
        guard !options.json else { return try options.output.record(removed) }
        for record in removed { try options.output.line(Escaping.line("removed \(record.session)/\(record.name)")) }
    }
}
