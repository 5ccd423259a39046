/// How many columns text takes on a terminal: Korean, Chinese, Japanese and emoji take two, combining marks none.
enum DisplayWidth {
    static func of(_ text: some StringProtocol) -> Int {
        // All that is plain ASCII, which nearly everything is, needs no look at Unicode's properties.
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width(of: $1) }
    }

    /// `text` if it fits into `columns`, else as much of it as fits with `…` at its end.
    static func truncate(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        return beginning(of: text[...], within: columns - 1) + "…"
    }

    /// `text` in lines of at most so many columns, at blanks where there are any.
    static func wrap(_ text: String, to columns: Int) -> [String] {
        guard columns > 1 else { return [text] }
        var lines: [String] = []
        var line: String?
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let joined = line.map { "\($0) \(word)" } ?? String(word)
            guard of(joined) > columns else {
                line = joined
                continue
            }
            if let line, !line.isEmpty { lines.append(line) }
            var rest = word[...]
            while of(rest) > columns {
                let piece = beginning(of: rest, within: columns)
                lines.append(String(piece))
                rest = rest[piece.endIndex...]
            }
            line = String(rest)
        }
        return lines + [line ?? ""]
    }

    /// As much of it as fits.
    private static func beginning(of text: Substring, within columns: Int) -> Substring {
        var used = 0
        return text.prefix {
            used += width(of: $0)
            return used <= columns
        }
    }

    private static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        return first.properties.isEmojiPresentation || isWide(first.value) ? 2 : 1
    }

    /// The blocks that East Asian Width calls wide or full-width.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
