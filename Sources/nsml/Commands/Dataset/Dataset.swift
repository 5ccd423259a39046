import ArgumentParser

struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Post, list, fetch and change datasets.",
        subcommands: [
            PushDatasetCommand.self, ListDatasetsCommand.self, SearchDatasetsCommand.self, ListDatasetFilesCommand.self,
            PullDatasetCommand.self, ListVersionsCommand.self, ChangeDatasetCommand.self, RemoveDatasetCommand.self,
        ],
        aliases: ["datasets", "data"])
}
