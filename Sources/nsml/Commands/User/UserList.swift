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

            What others store and run is shown to administrators; 'of' names a limit of 'nsml user quota'.
            """,
        aliases: ["list"])

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let users = try await options.withClient { client in try await collect { try await client.users(after: $0) } }
        guard !options.json else { return try options.output.record(users) }
        var table = Table([.init("Name"), .init("Role"), .init("Stored"), .init("Sessions"), .init("GPUs"), .init("Created")])
        for user in users {
            table.add([
                .init(user.name.rawValue), .init(user.role.rawValue), .init(QuotaText.storage(user)), .init(QuotaText.sessions(user)),
                .init(QuotaText.gpus(user)), .ago(user.createdAt),
            ])
        }
        try list.show(table, names: users.map(\.name.rawValue), on: options.output)
    }
}
