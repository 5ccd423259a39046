/// Lines of Python as they are typed, and whether they are whole: a bracket, a text of several lines or a block may be open.
///
/// A block ends with an empty line, as at Python's own prompt. Whether the code is right is for Python to say.
struct PythonInput: Sendable {
    private(set) var lines: [String] = []

    var isEmpty: Bool { lines.isEmpty }
    var code: String { lines.joined(separator: "\n") }

    mutating func clear() { lines = [] }

    /// Adds a line that is surely not the last.
    mutating func add(_ line: String) { lines.append(line) }

    /// Adds a line; true when the whole can be run.
    mutating func isComplete(with line: String) -> Bool {
        lines.append(line)
        var scan = Scan()
        for line in lines { scan.take(line) }
        if scan.isOpen || scan.endsWithBackslash { return false }
        let isBlank = line.allSatisfy(\.isWhitespace)
        if isBlank { return true }
        // A decorator, or the head of a block: more comes.
        if scan.isInBlock { return false }
        return true
    }

    /// Walks over the lines and keeps what is open.
    private struct Scan {
        private var brackets = 0
        private var quote: [Character]?
        private var escaped = false
        private(set) var endsWithBackslash = false
        private(set) var isInBlock = false

        var isOpen: Bool { brackets > 0 || quote != nil }

        mutating func take(_ line: String) {
            let continues = isOpen || endsWithBackslash
            endsWithBackslash = false
            var last: Character?
            var rest = Array(line)[...]
            let first = rest.first { !$0.isWhitespace }
            while let character = rest.popFirst() {
                if quote != nil {
                    takeQuoted(character, &rest)
                    continue
                }
                switch character {
                case "#":
                    rest = []
                    continue
                case "\"", "'":
                    let triple = rest.prefix(2).elementsEqual([character, character])
                    quote = triple ? [character, character, character] : [character]
                    if triple { rest = rest.dropFirst(2) }
                case "(", "[", "{": brackets += 1
                case ")", "]", "}": brackets = max(0, brackets - 1)
                case "\\" where rest.isEmpty: endsWithBackslash = true
                default: break
                }
                if !character.isWhitespace { last = character }
            }
            // A text in simple quotes ends with its line, unless a backslash takes it on.
            if quote?.count == 1, !escaped { quote = nil }
            if quote?.count == 1 { endsWithBackslash = true }
            escaped = false
            guard !isOpen else { return }
            if last == ":" || (first == "@" && !continues) { isInBlock = true }
        }

        private mutating func takeQuoted(_ character: Character, _ rest: inout ArraySlice<Character>) {
            if escaped {
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if let open = quote, character == open[0] {
                if open.count == 1 {
                    quote = nil
                } else if rest.prefix(2).elementsEqual([character, character]) {
                    rest = rest.dropFirst(2)
                    quote = nil
                }
            }
        }
    }
}
