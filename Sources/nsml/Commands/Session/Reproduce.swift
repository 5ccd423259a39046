import API
import ArgumentParser
import Client

struct ReproduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: "Do again what a session did, and say whether the same numbers come out.",
        discussion: """
            EXAMPLES:
              nsml reproduce alice/mnist/1 --wait
              nsml reproduce alice/mnist/1 -f

            The same code, data, environment (the packages as they were resolved), arguments, seed and resources; changes that were made by hand \
            ('nsml set', 'nsml exec', 'nsml do') are made again at the same safe points. When it has ended, its metrics are compared with \
            those of the original, bit for bit: 'nsml events' has the result, and with --wait or --follow it is printed, with what \
            differs. The exit status is 1 when the numbers are not the same.
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("A note, which 'nsml ps' shows.", valueName: "text"))
    var memo: String?

    @Option(name: .customLong("name"), help: ArgumentHelp("A label of your own.", valueName: "label"))
    var label: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("-100 to 100; larger goes first.", valueName: "number"))
    var priority = 0

    @Flag(help: "Only you may see it; one of a private session always is.")
    var `private` = false

    @Flag(name: [.customShort("f"), .long], help: "Show what it prints until it is over, and compare.")
    var follow = false

    @Flag(help: "Wait until it is over, and compare.")
    var wait = false

    @Flag(name: [.short, .long], help: "Print the session's name only.")
    var quiet = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let request = ReproductionRequest(priority: priority, memo: memo, label: label, isPrivate: `private`)
        let aftermath = RunAftermath(options: options, follow: follow, wait: wait, quiet: quiet)
        let ended = try await options.withClient { client in
            let made = try await client.reproduce(name, request)
            guard let ended = try await aftermath.see(made, client: client) else {
                if !follow, !wait, !quiet {
                    Output.note("  nsml diff \(name) \(made.name)     compares them; 'nsml events \(made.name)' says it when it has ended")
                }
                return nil as (SessionRecord, SessionComparison)?
            }
            return (ended, try await client.compare(ended.name, with: name))
        }
        guard let (record, comparison) = ended else { return }
        if options.json {
            try options.output.streamed(comparison)
        } else {
            try options.output.lines(Self.lines(comparison))
        }
        try SessionWatch.end(as: record)
        guard comparison.isEqual else { throw ExitCode(1) }
    }

    /// The verdict, and below it what each metric and each difference is.
    static func lines(_ comparison: SessionComparison) -> [String] {
        guard let first = comparison.firstDifference else { return [Escaping.line(comparison.verdict)] }
        var lines = ["not the same: the first difference is \(first.name) at step \(first.difference.step)"]
        for metric in comparison.metrics {
            guard let difference = metric.difference else {
                lines.append("  \(metric.name): equal, \(metric.count) values")
                continue
            }
            let values = "\(difference.value?.description ?? "nothing") here, \(difference.otherValue?.description ?? "nothing") there"
            lines.append("  \(metric.name): differs from step \(difference.step) on, \(values)")
        }
        lines += comparison.differences.isEmpty ? ["nothing else is known to differ"] : comparison.differences.map { "  \($0)" }
        return lines.map(Escaping.line)
    }
}
