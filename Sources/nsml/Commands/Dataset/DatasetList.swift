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

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let datasets = try await options.withClient { client in try await collect { try await client.datasets(after: $0) } }
        guard !options.json else { return try options.output.record(datasets) }
        try list.show(
            DatasetTable.make(datasets), names: datasets.map(\.name.rawValue),
            ifEmpty: "there is none yet; 'nsml dataset push NAME DIRECTORY' posts one", on: options.output)
    }
}
