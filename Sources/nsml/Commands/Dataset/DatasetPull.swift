import API
import ArgumentParser
import Client

struct PullDatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch the files of a dataset into a directory.",
        discussion: """
            EXAMPLES:
              nsml dataset pull mnist ./mnist
              nsml dataset pull mnist@2 ./old -f
            """)

    @Argument(help: "The dataset, NAME or NAME@VERSION.", completion: .names(of: .datasets))
    var dataset: String

    @Argument(help: "The directory.", completion: .directory)
    var path: String

    @Flag(name: [.short, .long, .customLong("overwrite")], help: "Replace files that are there and differ.")
    var force = false

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let reference = try DatasetReference(parsing: dataset)
        try await options.withClient { client in
            try await TreeDownload(client: client, output: options.output, replaces: force).fetch(.dataset(reference), to: path)
        }
    }
}
