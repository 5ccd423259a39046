import API
import ArgumentParser
import Client

struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch the code of a session as it was uploaded.",
        discussion: """
            EXAMPLES:
              nsml pull alice/mnist/1 ./code
              nsml pull -f alice/mnist/1 ./code
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: "The directory.", completion: .directory)
    var path: String

    @Flag(name: [.short, .long, .customLong("overwrite")], help: "Replace files that are there and differ.")
    var force = false

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        try await options.withClient { client in
            try await TreeDownload(client: client, output: options.output, replaces: force).fetch(.code(name), to: path)
        }
    }
}
