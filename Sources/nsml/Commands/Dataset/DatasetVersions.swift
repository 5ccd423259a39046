import API
import ArgumentParser
import Client

struct ListVersionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "List the versions of a dataset, newest first.",
        discussion: """
            EXAMPLES:
              nsml dataset versions mnist
              nsml run -d mnist@2               # on an older one
            """)

    @Argument(help: "The dataset.", completion: .names(of: .datasets))
    var dataset: String

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try DatasetName(parsing: dataset)
        let versions = try await options.withClient { client in
            try await collect { try await client.versions(of: name, after: $0) }.reversed() as [DatasetVersion]
        }
        guard !options.json else { return try options.output.record(versions) }
        var table = Table([.init("Version"), .init("Files", .right), .init("Size", .right), .init("Created"), .init("Author")])
        for version in versions {
            table.add([
                .init("\(name)@\(version.number)"), .init("\(version.fileCount)"), .bytes(version.bytes), .ago(version.createdAt),
                .init(version.author.rawValue),
            ])
        }
        try list.show(table, names: versions.map { "\(name)@\($0.number)" }, on: options.output)
    }
}
