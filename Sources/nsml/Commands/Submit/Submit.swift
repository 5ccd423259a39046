import API
import ArgumentParser
import Client
import Foundation

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Score a checkpoint on the hidden test set of its dataset, and rank it.",
        discussion: """
            EXAMPLES:
              nsml submit alice/mnist/1 9
              nsml submit -t alice/mnist/1 9        # on test_submit/; does not count
              nsml submit --no-wait alice/mnist/1 9
              nsml submit --status                  # how yours stand, and what came of them
              nsml submit --log 12                  # for the owner: what it printed

            The code runs again with the checkpoint, in a session of its own, with the test data and without the training data, the \
            labels and a network. What it prints stays hidden; if it fails, the reason is told. Ctrl-C ends the waiting, and the \
            submission goes on.
            """)

    @Argument(
        help: ArgumentHelp("The session and the checkpoint, as one word or two.", valueName: "checkpoint"),
        completion: .names(of: .checkpoints))
    var words: [String] = []

    @Flag(name: [.short, .long], help: "On the sample test_submit/: everything is shown, and nothing counts.")
    var test = false

    @Option(
        name: [.customShort("b"), .customLong("batch")],
        help: ArgumentHelp(
            "How many inputs infer gets at a time, where the loader gives a list. (default: 2500)", valueName: "count"))
    var batch: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("GPUs. (default: as the session had)", valueName: "count"))
    var gpus: Int?

    @Option(help: ArgumentHelp("Memory. (default: as the session had)", valueName: "size"))
    var memory: String?

    @Flag(inversion: .prefixedNo, help: "Wait for the score; without, print the submission's number and end.")
    var wait = true

    @Flag(help: "List your submissions, newest first; with a session or a number only these.")
    var status = false

    @Option(help: ArgumentHelp("Print what a submission printed; for the owner of its dataset.", valueName: "number"))
    var log: Int64?

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        if let log { return try await printLog(of: log) }
        if status { return try await SubmissionList(output: options.output, json: options.json).show(words, options: options) }
        let checkpoint = try SessionArgument.checkpoint(words)
        if let gpus, gpus < 0 { throw Failure.invalidValue("number of GPUs", "\(gpus)", expected: "a number from 0") }
        if let batch, batch < 1 { throw Failure.invalidValue("batch", "\(batch)", expected: "a number from 1") }
        let new = NewSubmission(
            checkpoint: checkpoint.checkpoint, isTest: test, batchSize: batch, gpus: gpus,
            memoryBytes: try memory.map { try ByteSize.parse($0, for: "memory") })
        let record = try await options.withClient { client in
            let made = try await client.submit(checkpoint.session, new)
            guard wait else { return made as SubmissionRecord? }
            return try await SubmissionWatch(client: client, output: options.output, isQuiet: options.json).follow(made)
        }
        guard let record else { return }
        try finish(record)
    }

    /// Says what came of it: the last lines on standard output.
    private func finish(_ record: SubmissionRecord) throws {
        let output = options.output
        if options.json {
            try output.record(record)
        } else if !wait {
            try output.line("submission \(record.number) is \(record.status.rawValue)")
            Output.note("  nsml submit --status \(record.number)     shows what comes of it")
        } else if let score = record.score {
            var lines = ["Score: \(ScoreFormat.text(score))"]
            if let rank = record.rank { lines.append("Rank: \(rank) on \(record.dataset.name)") }
            if !record.isTest, record.rank == nil { lines.append("Your best on \(record.dataset.name) stays as it was.") }
            try output.lines(lines + ["Done"])
        }
        guard wait || record.status.isFinal else { return }
        switch record.status {
        case .scored: return
        case .failed, .cancelled:
            let why = record.failure ?? record.status.rawValue
            throw Failure(
                .sessionFailed, "submission \(record.number) \(record.status == .failed ? "failed" : "was cancelled"): \(why)",
                hint: record.isTest || record.status == .cancelled ? nil : "it does not count")
        default: throw Failure(.timeout, "submission \(record.number) is still \(record.status.rawValue)")
        }
    }

    private func printLog(of number: Int64) async throws {
        let bytes = try await options.withClient { try await $0.output(ofSubmission: number) }
        var escaping = Escaping()
        try options.output.bytes(escaping.feed(bytes) + escaping.finish())
    }
}

/// Scores as people read them: with the digits that they have.
enum ScoreFormat {
    static func text(_ score: Double) -> String {
        if score == score.rounded(), abs(score) < 1e15 { return String(Int64(score)) }
        return "\(score)"
    }
}
