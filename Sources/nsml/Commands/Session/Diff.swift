import API
import ArgumentParser
import Client

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two sessions: code, arguments, data, packages, what they ran on, metrics.",
        discussion: """
            EXAMPLES:
              nsml diff alice/mnist/1 alice/mnist/2
              nsml diff alice/mnist/1 bob/mnist/7 --stat
              nsml diff alice/mnist/1 alice/mnist/2 --exit-code && echo the same

            Only what differs is shown; metrics are shown side by side. A file that is no text is only named.
            """)

    @Argument(help: "The session to begin with.", completion: .names(of: .sessions))
    var old: String

    @Argument(help: "The session to compare with it.", completion: .names(of: .sessions))
    var new: String

    @Flag(help: "Of the code only how many lines differ in each file.")
    var stat = false

    @Flag(help: "End with status 1 when code, arguments, data or environment differ; metrics do not count.")
    var exitCode = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let names = (try SessionArgument.session(old), try SessionArgument.session(new))
        let diff = try await options.withClient { try await SessionDiff.load(names.0, names.1, client: $0) }
        if options.json {
            try options.output.record(diff)
        } else {
            try options.output.lines(lines(diff))
        }
        guard !exitCode || diff.isSame else { throw ExitCode(1) }
    }

    private func lines(_ diff: SessionDiff) -> [String] {
        let color = options.output.terminal.usesColor
        var lines = code(diff, color)
        for field in diff.fields {
            lines.append(Escaping.line("\(field.name):"))
            if let old = field.old, !old.isEmpty { lines.append(Self.paint("-\(old)", .red, color)) }
            if let new = field.new, !new.isEmpty { lines.append(Self.paint("+\(new)", .green, color)) }
        }
        if !diff.packages.isEmpty { lines.append("packages:") }
        for package in diff.packages {
            if let old = package.old { lines.append(Self.paint("-\(package.name) \(old)", .red, color)) }
            if let new = package.new { lines.append(Self.paint("+\(package.name) \(new)", .green, color)) }
        }
        if diff.isSame { lines.append("the same code, arguments, data and environment") }
        guard !diff.metrics.isEmpty else { return lines }
        return lines + [""] + Self.table(diff).lines(width: options.output.terminal.width, color: color)
    }

    private func code(_ diff: SessionDiff, _ color: Bool) -> [String] {
        guard !stat else {
            return diff.files.map { file in
                let what = file.isBinary ? "binary" : "+\(file.addedLines) -\(file.removedLines)"
                return Escaping.line("\(file.path)  \(what)\(file.change == "changed" ? "" : "  \(file.change)")")
            }
        }
        return diff.files.flatMap { file -> [String] in
            let (old, new) = ("\(diff.old)/\(file.path)", "\(diff.new)/\(file.path)")
            if file.change == "mode" { return [Escaping.line("\(file.path): only one of them may be run as a program")] }
            if file.isBinary {
                return [Escaping.line("binary file \(file.path) \(file.change == "changed" ? "differs" : "was \(file.change)")")]
            }
            let head = ["--- \(file.change == "added" ? "/dev/null" : old)", "+++ \(file.change == "removed" ? "/dev/null" : new)"]
            return head.map { Self.paint($0, nil, color) } + file.hunks.map { Self.hunk($0, color) }
        }
    }

    private static func hunk(_ line: String, _ color: Bool) -> String {
        switch line.first {
        case "+": paint(line, .green, color)
        case "-": paint(line, .red, color)
        case "@": paint(line, .cyan, color)
        default: paint(line, nil, color)
        }
    }

    private static func paint(_ line: String, _ tint: Color?, _ color: Bool) -> String {
        // Code is full of tabs, which steer no terminal.
        let safe = line.split(separator: "\t", omittingEmptySubsequences: false).map { Escaping.line(String($0)) }.joined(separator: "\t")
        return color ? tint?.applied(to: safe) ?? safe : safe
    }

    /// Last and best of each metric, side by side.
    private static func table(_ diff: SessionDiff) -> Table {
        var table = Table([
            .init("Metric", givesWay: true), .init("\(diff.old)", .right), .init("\(diff.new)", .right), .init("Change", .right),
            .init("Smallest", .right), .init("Largest", .right),
        ])
        func value(_ metric: MetricValue?) -> String { metric.map(SessionTable.rounded) ?? "-" }
        func pair(_ old: MetricValue?, _ new: MetricValue?) -> String { "\(value(old)) / \(value(new))" }
        for metric in diff.metrics {
            let (old, new) = (metric.old?.last, metric.new?.last)
            let change = old.flatMap { old in new.map { MetricValue($0.value - old.value) } }
            table.add([
                .init(metric.name), .init(value(old)), .init(value(new)), .init(value(change)),
                .init(pair(metric.old?.minimum, metric.new?.minimum)), .init(pair(metric.old?.maximum, metric.new?.maximum)),
            ])
        }
        return table
    }
}
