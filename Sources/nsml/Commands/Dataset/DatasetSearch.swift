import API
import ArgumentParser
import Client

struct SearchDatasetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "List the datasets whose name matches.",
        discussion: """
            EXAMPLES:
              nsml dataset search 'kin_*'
              nsml dataset search mnist
            """)

    @Argument(help: "A part of the name, or a pattern with * and ? (quote it).")
    var pattern: String

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let pattern = ListSessionsCommand.pattern(pattern)
        let datasets = try await options.withClient { client in
            try await collect { try await client.datasets(pattern: pattern, after: $0) }
        }
        guard !options.json else { return try options.output.record(datasets) }
        try list.show(
            DatasetTable.make(datasets), names: datasets.map(\.name.rawValue),
            ifEmpty: "no dataset's name matches '\(self.pattern)'",
            on: options.output)
    }
}
