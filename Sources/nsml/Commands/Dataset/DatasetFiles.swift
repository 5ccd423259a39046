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

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let reference = try DatasetReference(parsing: dataset)
        let found = try await options.withClient { try await $0.files(of: reference, limit: all ? 0 : 100) }
        guard !options.json else { return try options.output.record(found) }
        var table = Table([.init("Size", .right), .init("Path")])
        for file in found.files { table.add([.bytes(file.bytes), .init(file.path)]) }
        try list.show(table, names: found.files.map(\.path), on: options.output)
        if found.files.count < found.totalCount {
            Output.note("\(found.files.count) of \(found.totalCount) files, \(ByteSize.format(found.totalBytes)) in all; --all shows them")
        }
    }
}
