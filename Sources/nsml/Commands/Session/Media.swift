import API
import ArgumentParser
import Client
import Foundation

struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media",
        abstract: "List the images, sounds, histograms and tables of a session, or get them.",
        discussion: """
            EXAMPLES:
              nsml media alice/mnist/1
              nsml media alice/mnist/1 sample            # those of one name
              nsml media alice/mnist/1 sample --pull .   # as files
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: "Only those that were reported under this name.")
    var name: String?

    @Option(help: ArgumentHelp("Write them into a directory, as NAME-STEP.png and so on.", valueName: "directory"))
    var pull: String?

    @OptionGroup(title: "Output") var table: TableOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let session = try SessionArgument.session(session)
        try await options.withClient { client in
            let found = try await collect { try await client.media(of: session, name: name, after: $0) }
            if let name, found.isEmpty {
                throw Failure(
                    .notFound, "session \(session) has nothing named '\(name)'", hint: "'nsml media \(session)' lists what it has")
            }
            guard pull == nil else { return try await write(found, of: session, client) }
            guard !options.json else { return try options.output.record(found) }
            var rows = Table([
                .init("Name"), .init("Step", .right), .init("Kind"), .init("Size", .right), .init("Time"),
                .init("Caption", givesWay: true),
            ])
            for record in found {
                rows.add([
                    .init(record.name), .init("\(record.step)"), .init(record.kind.rawValue), .init(ByteSize.format(record.bytes)),
                    .init(Wire.format(record.time)), .init(record.caption),
                ])
            }
            try table.show(rows, on: options.output)
        }
    }

    private func write(_ records: [MediaRecord], of session: SessionName, _ client: APIClient) async throws {
        let directory = URL(filePath: pull ?? ".", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for record in records {
            let file = directory.appending(path: Self.fileName(record))
            try Data(try await client.mediaContent(of: session, number: record.number)).write(to: file, options: .atomic)
            try options.output.line(Escaping.line(file.relativePath))
        }
    }

    /// A name of letters that every file system has: names of media are foreign text.
    static func fileName(_ record: MediaRecord) -> String {
        let name = record.name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }
        let suffix = record.type == "audio/mpeg" ? "mp3" : record.type.split(separator: "/").last.map(String.init) ?? "bin"
        return "\(String(String(name).drop { $0 == "." }.prefix(100)))-\(record.step).\(suffix)"
    }
}
