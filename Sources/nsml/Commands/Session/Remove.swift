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
              nsml rm 'alice/mnist/*' --dry-run   # what that would be
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

    @OptionGroup var confirmation: ConfirmationOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.withClient { client in
            var removed: [SessionName] = []
            let names = try await SessionSelection.resolve(sessions, client: client)
            guard try await isConfirmed(names, client: client) else { return }
            try await SessionSelection.forEach(names) { name in
                try await client.removeSession(name, force: force)
                removed.append(name)
                if !options.json { try options.output.line("removed \(name)") }
            }
            if options.json { try options.output.record(removed) }
        }
    }

    /// Asks before a pattern removes several. Returns false for `--dry-run`.
    private func isConfirmed(_ names: [SessionName], client: APIClient) async throws -> Bool {
        let isPattern = sessions.contains(where: SessionArgument.isPattern)
        guard confirmation.dryRun || isPattern && !force && !confirmation.yes && options.output.terminal.errorIsTerminal else {
            return true
        }
        var found: [SessionRecord] = []
        for name in names { found.append(try await client.session(name)) }
        guard !confirmation.dryRun else {
            if options.json {
                try options.output.record(found)
            } else {
                for session in found { try options.output.line("\(session.name) would be removed: \(Self.contents([session]))") }
            }
            return false
        }
        try confirmation.confirm("remove \(names.count == 1 ? "\(names[0])" : "\(names.count) sessions") with \(Self.contents(found))?")
        return true
    }

    /// `3 models, 71.5 MB`.
    private static func contents(_ sessions: [SessionRecord]) -> String {
        let count = sessions.reduce(0) { $0 + $1.checkpointCount }
        let bytes = sessions.reduce(0) { $0 + $1.checkpointBytes + $1.outputBytes }
        return "\(count) model\(count == 1 ? "" : "s"), \(ByteSize.format(bytes))"
    }
}
