import API
import Foundation

/// Sessions as `nsml ps` shows them: the columns that NSML had since 2019.
enum SessionTable {
    static func make(_ sessions: [SessionRecord], now: Date = Date()) -> Table {
        var table = Table([
            .init("Name"), .init("Created"), .init("Args", givesWay: true), .init("Status"), .init("Summary", givesWay: true),
            .init("Description", givesWay: true), .init("# of Models", .right), .init("Size", .right), .init("Type"),
        ])
        for session in sessions {
            table.add([
                .init(session.name.description), .init(TimeSpan.ago(session.createdAt, now: now)),
                .init(ShellWords.join(session.arguments)), .init(status(session), color: color(session.state)),
                .init(summary(session)), .init(description(session)), .init("\(session.checkpointCount)"),
                .init(ByteSize.format(session.checkpointBytes)), .init(session.type.rawValue),
            ])
        }
        return table
    }

    /// `running`, `stopping`, `finished(0)`, `failed(137)`.
    static func status(_ session: SessionRecord) -> String {
        if session.isStopping, !session.state.isFinal { return "stopping" }
        guard session.state.isFinal, let code = session.exitCode else { return session.state.rawValue }
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

    /// What the user noted; for one that waits or failed without a note, why.
    private static func description(_ session: SessionRecord) -> String {
        if !session.memo.isEmpty { return session.memo }
        if session.state == .failed || session.state == .queued, let reason = session.reason { return reason }
        return session.label ?? ""
    }
}
