import ArgumentParser

struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Post, list, rank, fetch and change datasets.",
        subcommands: [
            PushDatasetCommand.self, ListDatasetsCommand.self, SearchDatasetsCommand.self, ListDatasetFilesCommand.self,
            PullDatasetCommand.self, ListVersionsCommand.self, DatasetBoardCommand.self, ChangeDatasetCommand.self,
            RemoveDatasetCommand.self,
        ],
        aliases: ["datasets", "data"])
}
