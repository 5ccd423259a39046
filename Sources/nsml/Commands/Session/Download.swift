import API
import ArgumentParser
import Client

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Fetch the files that lie in a session's directory.",
        discussion: """
            EXAMPLES:
              nsml download alice/mnist/1 ./files
              nsml download alice/mnist/1 ./files -s /app/out/figure.png
              nsml download -f alice/mnist/1 ./files -s /app/out

            They are as the session left them, or as they are now. Checkpoints are fetched with 'nsml model pull'.
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: "The directory.", completion: .directory)
    var path: String

    @Option(
        name: [.short, .long, .customLong("file")], help: ArgumentHelp("Only this file or directory, as in /app/out.", valueName: "path"))
    var single: String?

    @Flag(name: [.short, .long, .customLong("overwrite")], help: "Replace files of the same name.")
    var force = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let prefix = try single.map(Self.relative)
        try await options.withClient { client in
            let files = try await client.sessionFiles(of: name).files.filter { prefix.map(Self.covers($0.path)) ?? true }
            if let single, files.isEmpty {
                throw Failure.noSuch("file or directory", single, hint: "'nsml download \(name) DIRECTORY' fetches all there are")
            }
            try await FileDownload(client: client, session: name, output: options.output, replaces: force).fetch(files, to: path)
        }
    }

    /// `/app/out/` to `out`: paths of the session's own directory.
    static func relative(_ path: String) throws -> String {
        var rest = path[...]
        if rest == "/app" || rest == "/app/" { return "" }
        if rest.hasPrefix("/app/") { rest = rest.dropFirst(5) }
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.hasPrefix("/") else {
            throw Failure.invalidValue("path", path, expected: "a path below /app, as in /app/out/figure.png")
        }
        return String(rest)
    }

    private static func covers(_ path: String) -> (_ prefix: String) -> Bool {
        { $0.isEmpty || path == $0 || path.hasPrefix($0 + "/") }
    }
}
