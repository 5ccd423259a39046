import API
import ArgumentParser
import Client

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Manage the tokens of an account.",
        subcommands: [AddTokenCommand.self, ListTokensCommand.self, RemoveTokenCommand.self],
        aliases: ["tokens"])
}

/// Which account a token command is about: one's own when nothing is said.
struct TokenOwner {
    static func resolve(_ name: String?, client: APIClient) async throws -> UserName {
        if let name { return try UserName(parsing: name) }
        return try await client.whoami().user
    }
}
