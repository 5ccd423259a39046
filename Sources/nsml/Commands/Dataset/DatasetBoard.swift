import API
import ArgumentParser
import Client
import Foundation

struct DatasetBoardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract: "Show the leaderboard of a dataset.",
        discussion: """
            EXAMPLES:
              nsml dataset board mnist
              nsml dataset board mnist -n 10
              nsml dataset board mnist --mine       # all that you have submitted
              nsml dataset board mnist --history    # who came to which place, and when

            Everybody's best score, one row a user; of equals the earlier one, then the one of the smaller checkpoint. Scores of a \
            version with other test data or another evaluation stand below, without a rank.
            """,
        aliases: ["leaderboard"])

    @Argument(help: "The dataset.", completion: .names(of: .datasets))
    var dataset: String

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("So many rows.", valueName: "count"))
    var limit: Int?

    @Flag(help: "Your own submissions, newest first.")
    var mine = false

    @Flag(help: "Everybody's submissions, for the dataset's owner.")
    var everyone = false

    @Flag(help: "How places changed, newest first.")
    var history = false

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup(title: "Output") var table: TableOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try DatasetName(parsing: dataset)
        if let limit, limit < 1 { throw Failure.invalidValue("count", "\(limit)", expected: "a number from 1") }
        guard [mine, everyone, history].filter({ $0 }).count <= 1 else {
            throw Failure(.invalidRequest, "--mine, --everyone and --history exclude each other")
        }
        if mine || everyone { return try await showSubmissions(name) }
        if history { return try await showHistory(name) }
        let board = try await options.withClient { try await $0.board(of: name, limit: limit ?? 0) }
        guard !options.json else { return try options.output.record(board) }
        try table.show(Self.table(board), on: options.output)
        Output.note(Self.caption(board))
    }

    /// `accuracy - descending`, as the boards of NSML are headed.
    static func caption(_ board: Board) -> String {
        let kind = board.isSelfReported ? ", self-reported: what training code says of itself" : ""
        let old = board.entries.contains { $0.rank == nil } ? "; '-' are scores on other test data, which do not compare" : ""
        return Escaping.line("\(board.dataset)@\(board.version): \(board.metric) - \(board.order.rawValue)\(kind)\(old)")
    }

    static func table(_ board: Board, now: Date = Date()) -> Table {
        var table = Table([
            .init("Rank", .right), .init("Name"), .init("Score", .right), .init("Model"), .init("Size", .right), .init("Count", .right),
            .init("Recorded"),
        ])
        for entry in board.entries {
            let model = "\(entry.session)" + (entry.checkpoint.map { "/\($0)" } ?? "")
            let version = entry.rank == nil ? entry.version.map { " (\(board.dataset)@\($0))" } ?? "" : ""
            table.add([
                .init(entry.rank.map(String.init) ?? "-"), .init(entry.user.rawValue), .init(ScoreFormat.text(entry.score)),
                .init(model + version),
                .init(entry.checkpointBytes.map(ByteSize.format) ?? "-", exact: entry.checkpointBytes.map(String.init) ?? ""),
                .init("\(entry.count)"), .ago(entry.recordedAt, now: now),
            ])
        }
        return table
    }

    private func showSubmissions(_ name: DatasetName) async throws {
        let records = try await options.withClient { client in
            try await collect(limit: limit ?? 1000) { try await client.submissions(dataset: name, everyone: everyone, after: $0) }
        }
        guard !options.json else { return try options.output.record(records) }
        try SubmissionList(output: options.output, json: false, columns: table).print(records)
    }

    private func showHistory(_ name: DatasetName) async throws {
        let changes = try await options.withClient { try await $0.boardHistory(of: name, limit: limit) }
        guard !options.json else { return try options.output.record(changes) }
        var rows = Table([
            .init("Recorded"), .init("Name"), .init("Score", .right), .init("Rank", .right), .init("Before", .right), .init("Model"),
        ])
        for change in changes {
            rows.add([
                .ago(change.recordedAt), .init(change.user.rawValue), .init(ScoreFormat.text(change.score)),
                .init("\(change.rank)"), .init(change.formerRank.map(String.init) ?? "-"), .init(change.checkpoint.description),
            ])
        }
        try table.show(rows, on: options.output)
    }
}
