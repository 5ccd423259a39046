import API
import Foundation

/// How the files of a directory become the files of a dataset.
struct DatasetLayout: Sendable, Equatable {
    static let evaluationName = "evaluation.py"
    /// What makes a directory one that knows how datasets are laid out.
    private static let knownNames: Set<String> = ["train", "test", "data_loader.py", evaluationName]

    let directory: URL
    /// All files come to lie below `train/`: the rule of the first NSML for what is no competition.
    let movesBelowTrain: Bool
    /// A file from elsewhere that becomes `evaluation.py`.
    let evaluation: URL?

    init(directory path: String, hasLeaderboard: Bool, evaluation: String?) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw Failure.noSuch("directory", path) }
        guard isDirectory.boolValue else {
            throw Failure.invalidValue("directory", path, expected: "a directory; put a single file into one")
        }
        if let evaluation {
            guard FileManager.default.fileExists(atPath: evaluation, isDirectory: &isDirectory), !isDirectory.boolValue else {
                throw Failure.noSuch("file", evaluation)
            }
        }
        directory = URL(filePath: path, directoryHint: .isDirectory)
        self.evaluation = evaluation.map { URL(filePath: $0) }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw Failure(.localError, "cannot read the directory '\(path)'")
        }
        movesBelowTrain = !hasLeaderboard && evaluation == nil && Self.knownNames.isDisjoint(with: names)
    }
}
