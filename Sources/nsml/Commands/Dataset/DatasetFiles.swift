import API
import ArgumentParser
import Client

struct ListDatasetFilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fs",
        abstract: "List the files of a dataset, the first hundred.",
        discussion: """
            EXAMPLES:
              nsml dataset fs mnist
              nsml dataset fs mnist@2 --all
            """)

    @Argument(help: "The dataset, NAME or NAME@VERSION.", completion: .names(of: .datasets))
    var dataset: String

    @Flag(help: "All files.")
    var all = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let reference = try DatasetReference(parsing: dataset)
        let list = try await options.withClient { try await $0.files(of: reference, limit: all ? 0 : 100) }
        guard !options.json else { return try options.output.record(list) }
        var table = Table([.init("Size", .right), .init("Path")])
        for file in list.files { table.add([.init(ByteSize.format(file.bytes)), .init(file.path)]) }
        try options.output.table(table)
        if list.files.count < list.totalCount {
            Output.note("\(list.files.count) of \(list.totalCount) files, \(ByteSize.format(list.totalBytes)) in all; --all shows them")
        }
    }
}
