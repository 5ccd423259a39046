import API
import ArgumentParser
import Client

struct RemoveDatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove a dataset with all its versions.",
        discussion: """
            EXAMPLES:
              nsml dataset rm mnist

            This cannot be undone.
            """,
        aliases: ["remove"])

    @Argument(help: "The dataset.", completion: .names(of: .datasets))
    var dataset: String

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try DatasetName(parsing: dataset)
        try await options.withClient { try await $0.removeDataset(name) }
        if options.json { try options.output.record(["removed": name]) } else { try options.output.line("removed \(name)") }
    }
}
