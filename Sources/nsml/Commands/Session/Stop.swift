import API
import ArgumentParser
import Client

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop sessions; what they printed, reported and saved stays.",
        discussion: """
            EXAMPLES:
              nsml stop alice/mnist/1
              nsml stop 'alice/mnist/*' --grace 120
              nsml stop alice/mnist/1 --now             # no checkpoint, no time to clean up

            Where the code has bound a save function a checkpoint is made first. Then the process has the grace time to end by itself.
            """)

    @Argument(help: "The sessions; quoted, * and ? are wildcards.", completion: .names(of: .sessions))
    var sessions: [String]

    @Option(help: ArgumentHelp("How long the process may take to end.", valueName: "seconds"))
    var grace = "30"

    @Flag(help: "End it at once: no checkpoint, no grace time.")
    var now = false

    @Flag(help: "Make no checkpoint.")
    var noSave = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let request = StopRequest(graceSeconds: now ? 0 : try TimeSpan.parse(grace, for: "grace time"), save: !now && !noSave)
        try await options.withClient { client in
            var stopped: [SessionRecord] = []
            let names = try await SessionSelection.resolve(sessions, client: client)
            // What a pattern matches and is over already is nothing to complain about.
            let isPattern = sessions.contains(where: SessionArgument.isPattern)
            try await SessionSelection.forEach(names) { name in
                if isPattern, try await client.session(name).state.isFinal { return }
                let session = try await client.stopSession(name, request)
                stopped.append(session)
                guard !options.json else { return }
                try options.output.line(session.state.isFinal ? "\(name) is \(session.state.rawValue)" : "\(name) is stopping")
            }
            if options.json { try options.output.record(stopped) }
            guard let name = stopped.first?.name, stopped.count == 1 else { return }
            options.output.next(("nsml model ls \(name)", "what it saved"), ("nsml rm \(name)", "remove it"))
        }
    }
}
