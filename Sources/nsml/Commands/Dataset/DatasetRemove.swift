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

    @OptionGroup var confirmation: ConfirmationOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try DatasetName(parsing: dataset)
        let isRemoved = try await options.withClient { client in
            let record = try await client.dataset(name)
            let contents = "\(record.versionCount) version\(record.versionCount == 1 ? "" : "s"), \(ByteSize.format(record.version.bytes))"
            guard !confirmation.dryRun else {
                try options.output.line("\(name) would be removed: \(contents)")
                return false
            }
            try confirmation.confirm("remove the dataset \(name), \(contents), for everybody?")
            try await client.removeDataset(name)
            return true
        }
        guard isRemoved else { return }
        if options.json { try options.output.record(["removed": name]) } else { try options.output.line("removed \(name)") }
    }
}
