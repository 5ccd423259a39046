import API

/// Splits one string into arguments as a shell does: blanks separate, `'...'` and `"..."` keep together, `\` takes the next
/// character as it is. Nothing is expanded.
enum ShellWords {
    static func split(_ text: String) throws -> [String] {
        var words: [String] = []
        var word: String?
        var characters = text.makeIterator()
        while let character = characters.next() {
            switch character {
            case " ", "\t", "\n", "\r\n":
                if let finished = word { words.append(finished) }
                word = nil
            case "'":
                var inside = word ?? ""
                guard append(upTo: "'", of: &characters, to: &inside, escapes: false) else { throw open("'", in: text) }
                word = inside
            case "\"":
                var inside = word ?? ""
                guard append(upTo: "\"", of: &characters, to: &inside, escapes: true) else { throw open("\"", in: text) }
                word = inside
            case "\\":
                guard let next = characters.next() else { throw open("\\", in: text) }
                word = (word ?? "") + String(next)
            default:
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }

    /// One string that `split` and every shell take apart into `words` again.
    static func join(_ words: [String]) -> String { words.map(quote).joined(separator: " ") }

    static func quote(_ word: String) -> String {
        let plain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "-_./:=,@+%".utf8.contains(byte)
            }
        return plain ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }

    /// `text` as one word in double quotes, as NSML always printed notes and arguments.
    static func doubleQuoted(_ text: String) -> String {
        let escaped = text.map { ["\"", "\\", "$", "`"].contains($0) ? "\\\($0)" : String($0) }
        return "\"\(escaped.joined())\""
    }

    private static func append(
        upTo end: Character, of characters: inout String.Iterator, to word: inout String, escapes: Bool
    ) -> Bool {
        while let character = characters.next() {
            if character == end { return true }
            guard escapes, character == "\\" else {
                word.append(character)
                continue
            }
            guard let next = characters.next() else { return false }
            // Inside double quotes a backslash keeps itself before anything else than these.
            if !["\"", "\\", "$", "`"].contains(next) { word.append("\\") }
            word.append(next)
        }
        return false
    }

    private static func open(_ mark: String, in text: String) -> Failure {
        .invalidValue("arguments", text, expected: "text in which each \(mark) has its end")
    }
}
