import API
import ArgumentParser

/// What may be said of a dataset when it is pushed and when it is changed.
struct DatasetSettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What it is.", valueName: "text"))
    var description: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Words to find it by, as in '#vision #small'; seven at most.", valueName: "tags"))
    var tags: [String] = []

    @Option(
        help: ArgumentHelp("Which scores are better: ascending (small ones) or descending. (default: by the metric)", valueName: "order"))
    var order: MetricOrder?

    @Option(help: ArgumentHelp("Keep no checkpoint larger than this, as in 20M.", valueName: "size"))
    var modelSizeLimit: String?

    @Option(help: ArgumentHelp("How many scores a user may get in an hour; 0: any number. (default: 60)", valueName: "count"))
    var submitLimit: Int?

    @Option(help: ArgumentHelp("How long a submission may take to start and load, as in 10m. (default: 600 s)", valueName: "time"))
    var startLimit: String?

    @Option(help: ArgumentHelp("How long it may take for the test set. (default: 3600 s)", valueName: "time"))
    var inferLimit: String?

    /// What was said; nil fields were not. `metric` is what `-l` gave.
    func change(metric: String?) throws -> DatasetChange {
        let limit = try modelSizeLimit.map { try ByteSize.parse($0, for: "size limit") }
        return DatasetChange(
            description: description, tags: tags.isEmpty ? nil : try Self.tags(tags), metric: metric,
            order: order ?? Self.order(of: metric), checkpointLimitBytes: limit, submitsPerHour: submitLimit,
            startLimitSeconds: try startLimit.map { try TimeSpan.parse($0, for: "start limit") },
            inferLimitSeconds: try inferLimit.map { try TimeSpan.parse($0, for: "infer limit") })
    }

    /// Says what a metric's name is taken for that is not built in: it may be a typing error.
    static func remark(on metric: String?) {
        guard let metric, !metric.isEmpty, metric != "custom", !DatasetSettings.builtInMetrics.contains(metric) else { return }
        let names = DatasetSettings.builtInMetrics.sorted()
        let near = Nearest.match(for: metric, among: names).map { "; did you mean '\($0)'?" } ?? ""
        Output.note(Escaping.line("'\(metric)' is taken for the name of a metric that sessions report\(near)"))
    }

    /// Errors are better when small; nil leaves it as it is.
    static func order(of metric: String?) -> MetricOrder? {
        guard let metric, DatasetSettings.builtInMetrics.contains(metric) else { return nil }
        return metric == "mse" ? .ascending : .descending
    }

    /// `'#a #b'`, `'#a' '#b'`, `a,b` to `["a", "b"]`.
    static func tags(_ words: [String]) throws -> [String] {
        let tags = words.flatMap { $0.split { $0 == " " || $0 == "," || $0 == "#" } }.map(String.init)
        guard tags.count <= 7, tags.allSatisfy({ $0.count <= 50 }) else {
            throw Failure.invalidValue("tags", words.joined(separator: " "), expected: "seven at most, of 50 characters at most")
        }
        return tags
    }
}

extension MetricOrder: ExpressibleByArgument {}
