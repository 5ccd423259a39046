import API
import ArgumentParser
import Client

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Have sessions go on that were paused, stopped or have failed.",
        discussion: """
            EXAMPLES:
              nsml resume alice/mnist/1
              nsml resume 'alice/mnist/*'               # those that are paused

            A session that kept its devices goes on where it was held. One that gave them back, was stopped or has failed is queued; it keeps its
            name, log and metrics, and goes on from its newest checkpoint as soon as there is room.
            """)

    @Argument(help: "The sessions; quoted, * and ? are wildcards, for those that are paused.", completion: .names(of: .sessions))
    var sessions: [String]

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.withClient { client in
            var resumed: [SessionRecord] = []
            let names = try await SessionSelection.resolve(sessions, client: client)
            let isPattern = sessions.contains(where: SessionArgument.isPattern)
            try await SessionSelection.forEach(names) { name in
                if isPattern, try await client.session(name).state != .paused { return }
                let session = try await client.resumeSession(name)
                resumed.append(session)
                guard !options.json else { return }
                try options.output.line(session.state == .paused ? "\(name) goes on" : "\(name) is \(session.state.rawValue)")
            }
            if options.json { try options.output.record(resumed) }
        }
    }
}
