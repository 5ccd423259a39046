import API
import ArgumentParser
import Foundation

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report metrics from a shell script that runs in a session.",
        discussion: """
            EXAMPLES:
              nsml report train/loss=0.25 train/accuracy=0.91
              nsml report --step 100 val__loss=0.31
              nsml report --no-summary lr=1e-3

            A step that is not given is the one after the last. '__' in a name means '/'. Values may be nan and inf: a run that \
            diverged is worth knowing. Inside of sessions only; in Python it is nsml.report().
            """)

    @Argument(help: ArgumentHelp("Metrics.", valueName: "name=value"))
    var values: [String]

    @Option(help: "The step that the values belong to.")
    var step: Int64?

    @Flag(inversion: .prefixedNo, help: "Show the values in 'nsml ps' and with the next checkpoint.")
    var summary = true

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let journal = try SessionJournal(environment: ProcessInfo.processInfo.environment)
        var given = try Self.parse(values)
        let last = journal.lastReport()
        var step = self.step ?? (last.map { $0.step + 1 } ?? 0)
        if let value = given.removeValue(forKey: "step") {
            guard let whole = Int64(exactly: value.value) else {
                throw Failure.invalidValue("step", value.description, expected: "a whole number")
            }
            step = whole
        }
        guard (0..<(1 << 53)).contains(step) else {
            throw Failure.invalidValue("step", "\(step)", expected: "a whole number from 0 to 2^53 - 1")
        }
        let line = ReportLine(time: Date().timeIntervalSince1970, step: step, summary: summary, values: given)
        try journal.append(line)
        if options.json { try options.output.record(line) }
    }

    /// `train__loss=0.25` to `train/loss` and 0.25.
    static func parse(_ words: [String]) throws -> [String: MetricValue] {
        var values: [String: MetricValue] = [:]
        for word in words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count >= 2, let value = parts.last.flatMap({ Double($0) }), parts[0] != "" else {
                throw Failure.invalidValue("metric", word, expected: "NAME=NUMBER, as in train/loss=0.25")
            }
            values[parts.dropLast().joined(separator: "=").replacing("__", with: "/")] = MetricValue(value)
        }
        return values
    }
}
