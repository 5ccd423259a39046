import API
import ArgumentParser
import Client

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the version of this program, and of the server if it answers.",
        discussion: """
            EXAMPLES:
              nsml version
              nsml --version                    # without asking the server
            """)

    private struct Record: Encodable {
        var client: String
        var server: String?
        var url: String?
    }

    @OptionGroup var options: ServerOptions

    func run() async throws {
        // No server, or one that does not know us, has no version to show.
        let status = try? await options.withClient { client in
            try await within(.seconds(2)) { try await client.status() }
        }
        let url = status == nil ? nil : try options.connection().url
        guard !options.json else { return try options.output.record(Record(client: Version.current, server: status?.version, url: url)) }
        try options.output.line("client  \(Version.current)")
        if let status, let url { try options.output.line(Escaping.line("server  \(status.version) at \(url)")) }
    }
}
