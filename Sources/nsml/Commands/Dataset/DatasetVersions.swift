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

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try DatasetName(parsing: dataset)
        let versions = try await options.withClient { client in
            try await collect { try await client.versions(of: name, after: $0) }
        }
        guard !options.json else { return try options.output.record(versions) }
        var table = Table([.init("Version"), .init("Files", .right), .init("Size", .right), .init("Created"), .init("Author")])
        for version in versions {
            table.add([
                .init("\(name)@\(version.number)"), .init("\(version.fileCount)"), .init(ByteSize.format(version.bytes)),
                .init(TimeSpan.ago(version.createdAt)), .init(version.author.rawValue),
            ])
        }
        try options.output.table(table)
    }
}
