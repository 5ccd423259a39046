import API
import ArgumentParser
import Client

struct ListUsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the accounts of the platform.",
        discussion: """
            EXAMPLES:
              nsml user ls
              nsml user ls -q
            """,
        aliases: ["list"])

    @Flag(name: [.short, .long], help: "Print names only.")
    var quiet = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let users = try await options.withClient { client in try await collect { try await client.users(after: $0) } }
        guard !options.json else { return try options.output.record(users) }
        guard !quiet else { return try options.output.lines(users.map(\.name.rawValue)) }
        var table = Table([.init("Name"), .init("Role"), .init("Created")])
        for user in users { table.add([.init(user.name.rawValue), .init(user.role.rawValue), .init(TimeSpan.ago(user.createdAt))]) }
        try options.output.table(table)
    }
}
