import API
import ArgumentParser
import Client

struct ListDatasetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the datasets.",
        discussion: """
            EXAMPLES:
              nsml dataset ls
              nsml dataset ls -q                # names only
            """,
        aliases: ["list"])

    @Flag(name: [.short, .long], help: "Print names only.")
    var quiet = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let datasets = try await options.withClient { client in try await collect { try await client.datasets(after: $0) } }
        guard !options.json else { return try options.output.record(datasets) }
        guard !quiet else { return try options.output.lines(datasets.map(\.name.rawValue)) }
        try options.output.table(DatasetTable.make(datasets))
    }
}
