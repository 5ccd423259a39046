/// A Python source cut into words, as far as the reading of its arguments needs it: without comments, with its texts told
/// apart from its code. It is read and never run.
struct PythonTokens {
    enum Token: Hashable {
        /// A name, a keyword or a number.
        case word(String)
        /// A text without its quotes; escapes stay as they are written. `isFormatted` for `f"..."`.
        case text(String, isFormatted: Bool)
        /// One of the other characters.
        case mark(Character)
        case lineEnd
    }

    private(set) var tokens: [Token] = []
    /// For each bracket that opens the index behind the one that closes it, else the end.
    private var ends: [Int] = []

    init(_ source: String) {
        let characters = Array(source.utf8)
        var index = 0
        while index < characters.count { index = take(characters, at: index) }
        tokens.append(.lineEnd)
        ends = Array(repeating: tokens.count, count: tokens.count)
        var open: [Int] = []
        for (index, token) in tokens.enumerated() {
            guard case .mark(let mark) = token else { continue }
            if "([{".contains(mark) { open.append(index) }
            if ")]}".contains(mark), let start = open.popLast() { ends[start] = index + 1 }
        }
    }

    private mutating func take(_ bytes: [UInt8], at start: Int) -> Int {
        let byte = bytes[start]
        switch byte {
        case UInt8(ascii: "\n"):
            tokens.append(.lineEnd)
            return start + 1
        case UInt8(ascii: "#"):
            return bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return takeText(bytes, at: start, prefix: "")
        case UInt8(ascii: "\\") where start + 1 < bytes.count && bytes[start + 1] == UInt8(ascii: "\n"):
            return start + 2
        case _ where Self.isWord(byte):
            var end = start
            while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
            let word = String(decoding: bytes[start..<end], as: UTF8.self)
            if end < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[end]), Self.prefixes.contains(word.lowercased()) {
                return takeText(bytes, at: end, prefix: word.lowercased())
            }
            tokens.append(.word(word))
            return end
        case _ where byte <= 0x20: return start + 1
        default:
            tokens.append(.mark(Character(UnicodeScalar(byte))))
            return start + 1
        }
    }

    private mutating func takeText(_ bytes: [UInt8], at start: Int, prefix: String) -> Int {
        let quote = bytes[start]
        let isLong = start + 2 < bytes.count && bytes[start + 1] == quote && bytes[start + 2] == quote
        let first = start + (isLong ? 3 : 1)
        var end = first
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "\\") {
                end += 2
                continue
            }
            if bytes[end] == quote, !isLong || (end + 2 < bytes.count && bytes[end + 1] == quote && bytes[end + 2] == quote) { break }
            // A short text without its end is a fault of the source: the next line is code again.
            if !isLong, bytes[end] == UInt8(ascii: "\n") { break }
            end += 1
        }
        end = min(end, bytes.count)
        tokens.append(.text(String(decoding: bytes[first..<end], as: UTF8.self), isFormatted: prefix.contains("f")))
        return min(end + (isLong ? 3 : 1), bytes.count)
    }

    private static let prefixes: Set = ["r", "b", "u", "f", "br", "rb", "fr", "rf"]

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }
}

extension PythonTokens {
    /// Whether the code uses the name; texts do not count.
    func uses(_ name: String) -> Bool { tokens.contains(.word(name)) }

    /// The texts in it.
    var texts: [String] {
        tokens.compactMap { if case .text(let text, _) = $0 { text } else { nil } }
    }

    /// The index behind the bracket that closes the one at `open`; the end when it is never closed.
    func end(ofBracketAt open: Int) -> Int { ends[open] }

    /// What lies in the bracket at `open`, as far as anybody writes it by hand: a source that was made to be slow to read is not.
    func bracket(at open: Int) -> ArraySlice<Token> { tokens[open..<end(ofBracketAt: open)].prefix(Self.maximumBracket) }

    private static let maximumBracket = 2_000

    /// The bracket that is open at `index`; nil when none is.
    func openBracket(before index: Int) -> Int? {
        var depth = 0
        for position in stride(from: index - 1, through: 0, by: -1) {
            guard case .mark(let mark) = tokens[position] else { continue }
            if ")]}".contains(mark) { depth += 1 }
            if "([{".contains(mark) {
                if depth == 0 { return position }
                depth -= 1
            }
        }
        return nil
    }

    /// The parameters of the function or, by its `__init__`, the class of that name; nil: of all functions there are.
    func parameters(of name: String?) -> [Parameter] {
        var found: [Parameter] = []
        var isInClass = false
        for index in tokens.indices.dropLast(2) {
            guard case .word(let keyword) = tokens[index], case .word(let defined) = tokens[index + 1] else { continue }
            if keyword == "class" { isInClass = defined == name }
            guard keyword == "def", tokens[index + 2] == .mark("("), name == nil || defined == name || isInClass && defined == "__init__"
            else { continue }
            found += parameters(from: index + 2)
        }
        return found
    }

    /// One parameter of a function.
    struct Parameter: Hashable {
        var name: String
        /// `**kwargs`: it takes what it is given.
        var takesAll: Bool
        /// Declared as a `bool`.
        var isFlag: Bool
    }

    private func parameters(from open: Int) -> [Parameter] {
        var found: [Parameter] = []
        var stars = 0
        var isAtStart = true
        var index = open + 1
        let end = end(ofBracketAt: open) - 1
        while index < end {
            switch tokens[index] {
            case .mark(let mark) where "([{".contains(mark):
                index = self.end(ofBracketAt: index)
                continue
            case .mark(","): (isAtStart, stars) = (true, 0)
            case .mark("*") where isAtStart: stars += 1
            case .word(let name) where isAtStart:
                let isFlag = index + 2 < end && tokens[index + 1] == .mark(":") && tokens[index + 2] == .word("bool")
                found.append(Parameter(name: name, takesAll: stars == 2, isFlag: isFlag))
                isAtStart = false
            default: break
            }
            index += 1
        }
        return found
    }
}
