import API
import Client
import Foundation

/// Submissions as `nsml submit --status` and `nsml dataset board --mine` show them.
struct SubmissionList {
    let output: Output
    let json: Bool
    /// Which columns, and in which form; all of them as a table when nobody says.
    var columns: TableOptions?

    /// All of one's own, those of a session or a dataset, or the one with a number.
    func show(_ words: [String], options: ServerOptions) async throws {
        guard words.count <= 1 else {
            throw Failure(.invalidRequest, "'\(words[1])' is one word too many", hint: "a session, a submission's number, or nothing")
        }
        if let number = words.first.flatMap({ Int64($0) }) {
            let record = try await options.withClient { try await $0.submission(number) }
            return json ? try output.record(record) : try print([record])
        }
        let session = try words.first.map(SessionArgument.session)
        let records = try await options.withClient { client in
            try await collect(limit: 1000) { try await client.submissions(session: session, after: $0) }
        }
        try json ? output.record(records) : print(records)
    }

    func print(_ records: [SubmissionRecord], now: Date = Date()) throws {
        var table = Table([
            .init("Number", .right), .init("Checkpoint"), .init("User"), .init("Status"), .init("Score", .right), .init("Version"),
            .init("Recorded"), .init("Reason", givesWay: true),
        ])
        for record in records {
            table.add([
                .init("\(record.number)"), .init(record.checkpoint.description), .init(record.user.rawValue),
                .init(Self.status(record), color: Self.color(record.status)), .init(record.score.map(ScoreFormat.text) ?? "-"),
                .init(record.dataset.description), .ago(record.createdAt, now: now), .init(record.failure ?? ""),
            ])
        }
        try columns?.show(table, on: output) ?? output.table(table)
    }

    private static func status(_ record: SubmissionRecord) -> String {
        let stage = record.status == .running ? " (\(record.stage.rawValue))" : ""
        return "\(record.status.rawValue)\(record.isTest ? " test" : "")\(stage)"
    }

    private static func color(_ status: SubmissionStatus) -> Color {
        switch status {
        case .queued: .yellow
        case .running: .green
        case .scored: .blue
        case .failed: .red
        case .cancelled: .gray
        }
    }
}
