import Foundation

/// Whether a script ended because it does not take what the platform has added to its arguments: by what the parsers of
/// arguments say then, which exit with status 2, or with 1.
enum ArgumentRefusal {
    /// More lines than any of them prints behind its complaint.
    private static let lines = 12

    private static let complaints = [
        "unrecognized argument", "unrecognized option", "unrecognised", "no such option", "invalid choice", "invalid value", " value: ",
        "unknown command line flag", "could not consume arg", "not recognized", "unknown option", "unexpected argument",
        "expected one argument", "ignored explicit argument", "does not take a value", "must not have an argument", "unknown flag",
    ]

    /// What parsers say of the value of a switch that takes none.
    private static let leftovers = ["unexpected extra argument", "unrecognized arguments: "]

    /// A pure function of how the process ended and of the end of what it printed.
    static func isMeant(exitCode: Int?, outputTail: String, added: [String]) -> Bool {
        guard let exitCode, [1, 2].contains(exitCode), !added.isEmpty else { return false }
        let names = added.filter { $0.hasPrefix("--") }.map { $0.prefix { $0 != "=" } }
        let values = added.filter { !$0.hasPrefix("--") }
        return outputTail.split(whereSeparator: \.isNewline).suffix(lines).contains { line in
            let lower = line.lowercased()
            let words = Set(lower.split { !($0.isLetter || $0.isNumber || "-_.".contains($0)) }.map(String.init))
            if complaints.contains(where: lower.contains), names.contains(where: { mention(words, $0.lowercased()) }) { return true }
            return leftovers.contains(where: lower.contains) && values.contains { words.contains($0.lowercased()) }
        }
    }

    /// absl names a flag without its dashes.
    private static func mention(_ words: Set<String>, _ option: String) -> Bool {
        words.contains(option) || words.contains(String(option.dropFirst(2)))
    }

    /// The same of a process that has just ended. What has reported anything has taken its arguments.
    ///
    /// - Parameters:
    ///   - offset: where its output begins in the session's.
    ///   - start: where its lines begin in the journal.
    static func ended(_ end: ExitRecord, _ files: SessionFiles, output offset: Int64, journal start: Int64, added: [String]) -> Bool {
        guard end.signal == nil, !end.outOfMemory else { return false }
        let tail = String(decoding: OutputNotes(path: files.output).read(from: offset), as: UTF8.self)
        guard isMeant(exitCode: end.exitCode, outputTail: tail, added: added) else { return false }
        // No journal: nothing was reported.
        let journal = try? OpenDirectory(trusted: files.directory).directory(Share.directory).openFile(Share.journal)
        return journal.map { JournalLine.lastStep(in: FileTail.read(owning: $0, from: start)) == nil } ?? true
    }
}
