import API
import ArgumentParser
import Client

struct ChangeDatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change",
        abstract: "Change what is said of a dataset; its files stay.",
        discussion: """
            EXAMPLES:
              nsml dataset change mnist --description digits --tags '#vision #small'
              nsml dataset change mnist -l accuracy --order descending
              nsml dataset change secret -u bob                # let bob see a private one
            """)

    @Argument(help: "The dataset.", completion: .names(of: .datasets))
    var dataset: String

    @Option(
        name: [.customShort("l"), .customLong("leaderboard"), .customLong("metric")],
        help: "accuracy, mse, f1, auc, custom, or the name of a reported metric.")
    var metric: String?

    @OptionGroup var settings: DatasetSettingsOptions

    @Flag(name: .long, inversion: .prefixedNo, help: "Only you and those whom you let may see it.")
    var `private`: Bool?

    @Option(name: [.customShort("u"), .customLong("user")], help: ArgumentHelp("Let this user see it.", valueName: "name"))
    var readers: [String] = []

    @Option(name: .customLong("remove-user"), help: ArgumentHelp("Do not let this user see it any more.", valueName: "name"))
    var formerReaders: [String] = []

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try DatasetName(parsing: dataset)
        var change = try settings.change(metric: metric)
        change.isPrivate = `private`
        if !readers.isEmpty { change.addReaders = try readers.map { try UserName(parsing: $0) } }
        if !formerReaders.isEmpty { change.removeReaders = try formerReaders.map { try UserName(parsing: $0) } }
        guard change != DatasetChange() else {
            throw Failure(.invalidRequest, "nothing to change was given", hint: "'nsml dataset change --help' shows what can be changed")
        }
        let dataset = try await options.withClient { try await $0.changeDataset(name, change) }
        DatasetSettingsOptions.remark(on: metric)
        if options.json {
            try options.output.record(dataset)
        } else {
            let concernsPrivacy = change.isPrivate != nil || change.addReaders != nil || change.removeReaders != nil
            let privacy = dataset.settings.isPrivate ? DatasetTable.privacy(of: dataset) : "everybody may see it"
            try options.output.line(concernsPrivacy ? "changed \(name): \(privacy)" : "changed \(name)")
        }
    }
}
