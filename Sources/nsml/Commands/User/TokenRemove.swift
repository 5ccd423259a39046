import API
import ArgumentParser
import Client

struct RemoveTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Revoke a token; it stops working at once.",
        discussion: """
            EXAMPLES:
              nsml user token rm 3
              nsml user token rm 3 --user alice           # for administrators
            """,
        aliases: ["remove"])

    @Argument(help: "The token's number, of 'nsml user token ls'.")
    var id: Int64

    @Option(help: ArgumentHelp("The account. (default: you)", valueName: "name"))
    var user: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.withClient { client in
            try await client.removeToken(id, of: TokenOwner.resolve(user, client: client))
        }
        if options.json { try options.output.record(["removed": id]) } else { try options.output.line("removed token \(id)") }
    }
}
