import API
import ArgumentParser

/// A context as `nsml context ls` shows it: without its token.
struct ContextRecord: Encodable, Sendable {
    var name: String
    var url: String
    var user: UserName?
    var isCurrent: Bool
    var hasToken: Bool
}

struct ListContextsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the servers that you are logged in to.",
        discussion: """
            EXAMPLES:
              nsml context ls
              nsml context ls --json
            """,
        aliases: ["list"])

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let configuration = try ConfigurationFile().load()
        let records = configuration.contexts.sorted { $0.key < $1.key }.map { name, context in
            ContextRecord(
                name: name, url: context.url, user: context.user, isCurrent: name == configuration.current, hasToken: context.token != nil)
        }
        guard !options.json else { return try options.output.record(records) }
        var table = Table([.init("", key: "current"), .init("Name"), .init("URL"), .init("User")])
        for record in records {
            table.add([record.isCurrent ? "*" : "", .init(record.name), .init(record.url), .init(record.user?.rawValue ?? "-")])
        }
        try list.show(table, names: records.map(\.name), on: options.output)
    }
}
