import API
import ArgumentParser
import Client

struct PriorityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "priority",
        abstract: "Change how early sessions get their turn.",
        discussion: """
            EXAMPLES:
              nsml priority 5 alice/mnist/1
              nsml priority -- -10 alice/mnist/1 alice/mnist/2

            Larger goes first, from -100 to 100; 0 is usual. A session that waits moves in the queue at once.
            """)

    @Argument(help: "The priority, -100 to 100.")
    var priority: Int

    @Argument(help: "Sessions, USER/DATASET/N or patterns.", completion: .names(of: .sessions))
    var sessions: [String]

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.withClient { client in
            let names = try await SessionSelection.resolve(sessions, client: client)
            try await SessionSelection.forEach(names) { name in
                let session = try await client.changeSession(name, SessionChange(priority: priority))
                if options.json {
                    try options.output.streamed(session)
                } else {
                    try options.output.line("\(name): priority \(session.priority)")
                }
            }
        }
    }
}
