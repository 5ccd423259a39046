import API

/// Which files of a dataset a sandbox sees: a pure function of the manifest. Everything but `train` holds hidden data.
enum DatasetView: String, Sendable, CaseIterable {
    /// For training: nothing of the test part.
    case train
    /// For predictions that count: `test/test_data`, and nothing else that is hidden; no training data.
    case submit
    /// For predictions on the sample: `test_submit/test_data` stands where `test/test_data` would.
    case submitTest = "submit-test"
    /// For the evaluation: all of `test/`.
    case evaluate
    /// For the evaluation of predictions on the sample: `test_submit/` stands where `test/` would.
    case evaluateTest = "evaluate-test"

    /// Whether sessions that train must never see it.
    var isHidden: Bool { self != .train }

    func entries(of all: [Manifest.Entry]) -> [Manifest.Entry] {
        all.flatMap { entry -> [Manifest.Entry] in paths(of: entry.path).map { Self.renamed(entry, $0) } }
    }

    /// Where a file is seen; nowhere, most often once.
    private func paths(of path: String) -> [String] {
        let isTest = path.hasPrefix("test/")
        let isSample = path.hasPrefix("test_submit/")
        let isOther = !isTest && !isSample && !path.hasPrefix("train/")
        let sampled = "test/" + path.dropFirst("test_submit/".count)
        switch self {
        case .train: return isTest || isSample ? [] : [path]
        case .submit: return isOther || (isTest && Self.isData(path)) ? [path] : []
        case .submitTest: return isOther ? [path] : isSample && Self.isData(sampled) ? [path, sampled] : []
        case .evaluate: return isOther || isTest ? [path] : []
        case .evaluateTest: return isOther ? [path] : isSample ? [path, sampled] : []
        }
    }

    /// Only what is called test data is: a file of another name in `test/` may hold the labels.
    private static func isData(_ path: String) -> Bool { path == "test/test_data" || path.hasPrefix("test/test_data/") }

    private static func renamed(_ entry: Manifest.Entry, _ path: String) -> Manifest.Entry {
        Manifest.Entry(path: path, digest: entry.digest, size: entry.size, isExecutable: entry.isExecutable)
    }
}
