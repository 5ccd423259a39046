import API
import ArgumentParser
import Client
import Foundation

struct PushDatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Post a directory as a dataset, or as its next version.",
        discussion: """
            EXAMPLES:
              nsml dataset push mnist ./mnist
              nsml dataset push mnist ./mnist -f -l accuracy --description "digits"
              nsml dataset push -v -f -l -e evaluation.py 4_cls_food ./food
              nsml dataset push secret ./data --private
              nsml dataset push mnist ./mnist --metric test/accuracy --order descending

            Only files that the server lacks travel; a push that was cut goes on where it was. Sessions see the files, read-only, \
            in /data/NAME, without test/, which submissions alone are scored on. Without a leaderboard, and where the directory has neither train/ nor test/ nor data_loader.py nor \
            evaluation.py, all of it comes to lie below train/.
            """)

    @Argument(help: ArgumentHelp("The dataset's name, and the directory.", valueName: "name> <directory"), completion: .file())
    var words: [String]

    @Flag(name: [.short, .long], help: "Make the next version of a dataset that exists.")
    var force = false

    @Option(
        name: [.customShort("l"), .customLong("leaderboard"), .customLong("metric")], defaultAsFlag: "", parsing: .next,
        help: ArgumentHelp(
            "Rank models by accuracy, mse, f1, auc, custom (evaluation.py) or a reported metric. "
                + "(default: custom with an evaluation.py, else accuracy)",
            valueName: "metric"))
    var metric: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The program that scores predictions; kept as evaluation.py.", valueName: "file"),
        completion: .file())
    var evaluation: String?

    @OptionGroup var settings: DatasetSettingsOptions

    @Flag(help: "Only you may see it; 'nsml dataset change -u' lets others.")
    var `private` = false

    @Flag(name: [.short, .long], help: "Say what is uploaded, file by file.")
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let words = try Self.sort(words: self.words, metric: metric)
        let name = try DatasetName(parsing: words.name)
        guard name != .none else {
            throw Failure(.invalidName, "'\(name)' is no name for a dataset", hint: "choose another; it means 'without a dataset'")
        }
        let hasEvaluation =
            evaluation != nil || FileManager.default.fileExists(atPath: "\(words.directory)/\(DatasetLayout.evaluationName)")
        let metric =
            words.metric.map { $0.isEmpty ? (hasEvaluation ? "custom" : "accuracy") : $0 } ?? (evaluation == nil ? nil : "custom")
        var change = try settings.change(metric: metric)
        if `private` { change.isPrivate = true }
        let layout = try DatasetLayout(directory: words.directory, hasLeaderboard: metric != nil, evaluation: evaluation)
        if layout.movesBelowTrain {
            Output.note("'\(words.directory)' has no train/ and no leaderboard: its files come to lie below train/")
        }
        let (dataset, isNew) = try await options.withClient { client in
            let before = try await self.currentVersion(of: name, client: client)
            let upload = TreeUpload(client: client, output: options.output, verbosity: verbose ? .files : .summary)
            let slot = Slot<Digest>()
            let interrupted = try await Interrupt.ends {
                let dataset = try await upload.prepare(layout)
                // Better said before the upload than after it.
                if let before, before.manifest != dataset.digest, !force {
                    throw Failure.exists("dataset", name, hint: "-f makes its next version, \(name)@\(before.number + 1)")
                }
                try await upload.send(dataset)
                slot.value = dataset.digest
            }
            guard !interrupted, let manifest = slot.value else {
                throw Failure(.interrupted, "interrupted", hint: "the same push goes on where this one ended")
            }
            let new = NewDatasetVersion(manifest: manifest, overwrite: force, settings: change == DatasetChange() ? nil : change)
            let dataset = try await client.addVersion(of: name, new)
            return (dataset, dataset.version.number != before?.number)
        }
        DatasetSettingsOptions.remark(on: metric)
        guard !options.json else { return try options.output.record(dataset) }
        let version = dataset.version
        let size = "\(version.fileCount) file\(version.fileCount == 1 ? "" : "s"), \(ByteSize.format(version.bytes))"
        defer {
            options.output.next(("nsml run -d \(name) main.py", "run an experiment on it"), ("nsml dataset fs \(name)", "see its files"))
        }
        try options.output.line(isNew ? "\(name)@\(version.number): \(size)" : "\(name)@\(version.number) has these files already: \(size)")
    }

    /// The newest version before the push; nil for a new dataset.
    private func currentVersion(of name: DatasetName, client: APIClient) async throws -> DatasetVersion? {
        do {
            return try await client.dataset(name).version
        } catch let failure as Failure where failure.code == .notFound {
            return nil
        }
    }

    /// `-l` may stand before the name without a value of its own: what it took then goes back.
    static func sort(words: [String], metric: String?) throws -> (name: String, directory: String, metric: String?) {
        if words.count == 2 { return (words[0], words[1], metric) }
        if words.count == 1, let metric, !metric.isEmpty {
            // `-l NAME DIR` or `NAME -l DIR`: the name is the one that can be a name and is no directory.
            let isName = DatasetName(rawValue: metric) != nil && !metric.contains("/")
            return isName && !FileManager.default.fileExists(atPath: metric) ? (metric, words[0], "") : (words[0], metric, "")
        }
        throw Failure(.invalidRequest, "expected a name and a directory", hint: "as in 'nsml dataset push mnist ./mnist'")
    }
}
