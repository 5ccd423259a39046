package import API
import Content
import Foundation

/// Which files of a dataset are for whom: pure functions of its manifest.
///
///     train/                 for training
///     test/test_data         what submissions are asked; hidden
///     test/test_label        what is compared with their answers; hidden
///     test_submit/           a small sample of the same form, not secret
///     data_loader.py, evaluation.py and whatever else lies beside them
package enum DatasetParts {
    package static let evaluation = "evaluation.py"
    package static let loader = "data_loader.py"

    /// Whether only the dataset's owner and administrators may see the file.
    package static func isHidden(_ path: String) -> Bool { path.hasPrefix("test/") }

    /// What everybody sees who may see the dataset.
    package static func open(_ entries: [Manifest.Entry]) -> [Manifest.Entry] { entries.filter { !isHidden($0.path) } }

    /// A digest over what decides a score. Scores under equal ones compare.
    package static func scoring(_ entries: [Manifest.Entry]) -> Digest {
        let deciding = entries.filter { isHidden($0.path) || $0.path == evaluation }
        return Digest(of: Array(deciding.map { "\($0.digest.hex) \($0.path)\n" }.joined().utf8))
    }

    /// Throws unless the files are there that a board by this metric needs. A reported metric needs none.
    package static func check(_ entries: [Manifest.Entry], metric: String?) throws {
        guard let metric, DatasetSettings(metric: metric).isScored else { return }
        var missing: [String] = []
        if !entries.contains(where: { $0.path == loader }) { missing.append(loader) }
        for name in ["test/test_data", "test/test_label"] where !holds(name, entries) { missing.append(name) }
        if metric == "custom", !entries.contains(where: { $0.path == evaluation }) { missing.append(evaluation) }
        guard !missing.isEmpty else { return }
        let what = missing.count == 1 ? "which is not there" : "which are not there"
        throw Failure(
            .invalidRequest, "a leaderboard by \(metric) needs \(missing.joined(separator: ", ")), \(what)",
            hint: "add \(missing.count == 1 ? "it" : "them"), or rank by what training reports: --metric test/accuracy --order descending")
    }

    /// Whether there is a file of that name, or a directory with files.
    package static func holds(_ name: String, _ entries: [Manifest.Entry]) -> Bool {
        entries.contains { $0.path == name || $0.path.hasPrefix(name + "/") }
    }

    /// What a dataset is ranked by when nobody has said so: a directory with a hidden part and a program for it is a competition.
    package static func impliedMetric(_ entries: [Manifest.Entry]) -> String? {
        let isCompetition = [loader, "test/test_data", "test/test_label", evaluation].allSatisfy { holds($0, entries) }
        return isCompetition ? "custom" : nil
    }
}
