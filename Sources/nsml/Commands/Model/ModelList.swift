import API
import ArgumentParser
import Client
import Foundation

struct ListModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the checkpoints of a session.",
        discussion: """
            EXAMPLES:
              nsml model ls alice/mnist/1
              nsml model ls -q alice/mnist/1           # names only

            Elapsed are the seconds since the checkpoint before; the summary is what was reported last before it.
            """,
        aliases: ["list"])

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @OptionGroup(title: "Output") var list: ListOptions

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let session = try SessionArgument.session(session)
        let checkpoints = try await options.withClient { client in
            try await collect { try await client.checkpoints(of: session, after: $0) }
        }
        guard !options.json else { return try options.output.record(checkpoints) }
        var table = Table([
            .init("Checkpoint"), .init("Last Modified"), .init("Elapsed", .right), .init("Summary", givesWay: true), .init("Size", .right),
        ])
        for checkpoint in checkpoints {
            table.add([
                .init(checkpoint.name.rawValue), .ago(checkpoint.createdAt),
                .init(String(format: "%.3f", checkpoint.elapsedSeconds)), .init(Self.summary(checkpoint)),
                .bytes(checkpoint.bytes),
            ])
        }
        try list.show(table, names: checkpoints.map(\.name.rawValue), ifEmpty: "\(session) has saved nothing", on: options.output)
    }

    /// In full precision, as NSML always had it here.
    private static func summary(_ checkpoint: CheckpointRecord) -> String {
        var values = checkpoint.summary.mapValues(\.description)
        if let step = checkpoint.step { values["step"] = "\(step)" }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
