import API
import Foundation

/// Sessions as `nsml ps` shows them: the columns that NSML had since 2019.
enum SessionTable {
    /// `askedColumns`, what `--columns` says, adds a column for each metric that a summary has, and for each name with a `/`, which
    /// can be nothing else than a metric's, whether anybody has reported it yet or not.
    static func make(_ sessions: [SessionRecord], askedColumns: String? = nil, now: Date = Date()) -> Table {
        let asked = askedColumns.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        let metrics = asked.map { Set($0.filter { $0.contains("/") } + sessions.flatMap(\.summary.keys)).sorted() } ?? []
        var table = Table(
            [
                .init("Name"), .init("Created"), .init("Args", givesWay: true, dispensability: 1), .init("Status"),
                .init("Summary", givesWay: true, dispensability: 2), .init("Description", givesWay: true, dispensability: 3),
                .init("# of Models", .right, key: "models", dispensability: 4), .init("Size", .right, dispensability: 5),
                .init("Type", dispensability: 6),
            ] + extraColumns + metrics.map { .init($0, .right, key: $0, isExtra: true) })
        for session in sessions {
            table.add(
                [
                    .init(session.name.description), .ago(session.createdAt, now: now),
                    .init(ShellWords.join(session.argumentLine)), .init(status(session), color: color(session.state)),
                    .init(summary(session)), .init(description(session)), .init("\(session.checkpointCount)"),
                    .bytes(session.checkpointBytes), .init(session.type.rawValue),
                ] + extraCells(session, now: now)
                    + metrics.map { name in
                        .init(session.summary[name].map(rounded) ?? "-", exact: session.summary[name]?.description ?? "")
                    })
        }
        return table
    }

    private static let extraColumns: [Table.Column] = [
        .init("User", isExtra: true), .init("Dataset", isExtra: true), .init("Entry", isExtra: true), .init("GPUs", .right, isExtra: true),
        .init("CPUs", .right, isExtra: true), .init("Memory", .right, isExtra: true), .init("Priority", .right, isExtra: true),
        .init("Node", isExtra: true), .init("Started", isExtra: true), .init("Finished", isExtra: true),
        .init("Duration", .right, isExtra: true), .init("Step", .right, isExtra: true), .init("Label", isExtra: true),
        .init("Reason", givesWay: true, isExtra: true),
    ]

    private static func extraCells(_ session: SessionRecord, now: Date) -> [Table.Cell] {
        let resources = session.resources
        let seconds = session.startedAt.map { (session.finishedAt ?? now).timeIntervalSince($0) }
        return [
            .init(session.name.user.rawValue), .init(session.datasets.map(\.description).joined(separator: " ")), .init(session.entry),
            .init("\(resources.gpus)"), .init("\(resources.cpus)"), .bytes(resources.memoryBytes), .init("\(session.priority)"),
            .init(session.placement?.node ?? "-"), .ago(session.startedAt, now: now), .ago(session.finishedAt, now: now),
            .init(seconds.map(TimeSpan.format) ?? "-", exact: seconds.map { String(format: "%.3f", $0) } ?? ""),
            .init(session.step.map(String.init) ?? "-", exact: session.step.map(String.init) ?? ""), .init(session.label ?? "-"),
            .init(session.reason ?? "-", exact: session.reason ?? ""),
        ]
    }

    /// `running`, `stopping`, `finished(0)`, `failed(137)`.
    static func status(_ session: SessionRecord) -> String {
        if session.isStopping, !session.state.isFinal { return "stopping" }
        if session.isPausing { return "pausing" }
        if session.isGivingWay { return "giving way" }
        // What was stopped was ended by a signal: that says nothing new.
        let code = session.state == .failed ? session.exitStatus : session.exitCode
        guard session.state.isFinal, let code else { return session.state.rawValue }
        return "\(session.state.rawValue)(\(code))"
    }

    static func color(_ state: SessionState) -> Color {
        switch state {
        case .queued: .yellow
        case .preparing: .cyan
        case .running: .green
        case .paused: .blue
        case .finished, .stopped: .gray
        case .failed: .red
        }
    }

    /// `epoch=3, train/loss=0.25`: rounded to three decimals, without the step.
    static func summary(_ session: SessionRecord) -> String {
        session.summary.filter { $0.key != "step" }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(rounded($0.value))" }.joined(separator: ", ")
    }

    static func rounded(_ metric: MetricValue) -> String {
        let value = metric.value
        guard value.isFinite else { return metric.description }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        // What three decimals would make 0 is said in three digits.
        guard abs(value) >= 0.0005 else { return String(format: "%.2e", value) }
        var text = String(format: "%.3f", value)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// What the user noted, and why it has failed or waits.
    private static func description(_ session: SessionRecord) -> String {
        let reason = [.failed, .queued, .paused].contains(session.state) ? session.reason : nil
        guard !session.memo.isEmpty else { return reason ?? session.label ?? "" }
        // Why it failed matters more than what it was to show.
        guard session.state == .failed, let reason else { return session.memo }
        return "\(reason) - \(session.memo)"
    }
}
