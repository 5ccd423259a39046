import API
import ArgumentParser
import Client

struct ListTokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the tokens of an account, without their secrets.",
        discussion: """
            EXAMPLES:
              nsml user token ls
              nsml user token ls alice           # for administrators
            """,
        aliases: ["list"])

    @Argument(help: "The account. (default: you)")
    var user: String?

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let tokens = try await options.withClient { client in
            let owner = try await TokenOwner.resolve(user, client: client)
            return try await collect { try await client.tokens(of: owner, after: $0) }
        }
        guard !options.json else { return try options.output.record(tokens) }
        var table = Table([.init("Id", .right), .init("Label"), .init("Created"), .init("Last used"), .init("Expires"), .init("Good for")])
        for token in tokens {
            table.add([
                .init("\(token.id)"), .init(token.label), .ago(token.createdAt),
                .ago(token.lastUsedAt, absent: "never"), .init(token.expiresAt.map(Wire.format) ?? "never"),
                .init(token.scopes?.map(\.rawValue).joined(separator: ", ") ?? "everything"),
            ])
        }
        try list.show(table, names: tokens.map { "\($0.id)" }, on: options.output)
    }
}
