/// What runs an entry file: Python, unless the file says by its first line or its name that it is for another program. So a
/// session may be a shell script, or be written in any language that the machine has.
struct EntryProgram: Sendable, Equatable {
    /// The program and its arguments, up to the file itself.
    let words: [String]

    static func python(_ python: String) -> EntryProgram { EntryProgram(words: [python, "-u"]) }

    /// - Parameters:
    ///   - firstLine: of the file; nil where it cannot be read.
    ///   - python: the session's own, which is also meant by a first line that names any Python.
    init(entry: String, firstLine: String?, python: String) {
        let asked = firstLine.flatMap(Self.interpreter) ?? (entry.hasSuffix(".sh") ? ["/bin/sh"] : nil)
        guard !entry.hasSuffix(".py"), let asked, !Self.namesPython(asked) else {
            self = .python(python)
            return
        }
        words = asked
    }

    private init(words: [String]) { self.words = words }

    /// The words behind `#!`: the program, and at most one argument, as Linux has it.
    private static func interpreter(_ line: String) -> [String]? {
        guard line.hasPrefix("#!") else { return nil }
        let words = line.dropFirst(2).split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
            .map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        guard let program = words.first, program.hasPrefix("/") else { return nil }
        return words
    }

    private static func namesPython(_ words: [String]) -> Bool {
        words.contains { $0.split(whereSeparator: { $0 == "/" || $0 == " " }).contains { $0.hasPrefix("python") } }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        var rest = self
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest.drop(while: \.isWhitespace))
    }
}
