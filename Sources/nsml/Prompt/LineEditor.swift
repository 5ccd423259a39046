/// One line being typed: takes keys, and says what is to be done about them. Knows nothing of a terminal.
struct LineEditor: Sendable {
    enum Outcome: Sendable, Hashable {
        /// Show the line as it is now.
        case redraw
        case submit(String)
        /// Several lines were pasted: those before the one that is being typed now.
        case pasted([String])
        /// What is before the cursor wants completing.
        case complete(String)
        case interrupt
        case leave
        case clearScreen
        case none
    }

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    private(set) var history: [String]
    private var place: Int
    private var draft: [Character] = []
    private var killed: [Character] = []

    /// - Parameter history: earlier lines, oldest first.
    init(history: [String] = []) {
        self.history = history
        place = history.count
    }

    var line: String { String(text) }
    var beforeCursor: String { String(text[..<cursor]) }

    /// Keeps a line, unless it is the same as the last one.
    mutating func remember(_ line: String) {
        if !line.isEmpty, history.last != line { history.append(line) }
        place = history.count
    }

    /// Begins an empty line.
    mutating func clear() {
        (text, cursor, draft, place) = ([], 0, [], history.count)
    }

    /// Puts text in at the cursor.
    mutating func insert(_ new: String) {
        let characters = Array(new)
        text.insert(contentsOf: characters, at: cursor)
        cursor += characters.count
    }

    mutating func handle(_ key: Key) -> Outcome {
        switch key {
        case .character(let character): insert(String(character))
        case .paste(let text): return paste(text)
        case .enter:
            let line = line
            clear()
            return .submit(line)
        case .tab:
            guard !beforeCursor.allSatisfy(\.isWhitespace) else {
                insert("    ")
                return .redraw
            }
            return .complete(beforeCursor)
        case .interrupt:
            clear()
            return .interrupt
        case .endOfInput:
            guard !text.isEmpty else { return .leave }
            delete()
        case .clearScreen: return .clearScreen
        case .unknown: return .none
        default: move(key)
        }
        return .redraw
    }

    private mutating func paste(_ pasted: String) -> Outcome {
        var lines = pasted.replacing("\t", with: "    ").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 1 else {
            insert(lines.first ?? "")
            return .redraw
        }
        let rest = Array(text[cursor...])
        lines[0] = beforeCursor + lines[0]
        let last = lines.removeLast()
        text = Array(last) + rest
        cursor = last.count
        return .pasted(lines)
    }

    private mutating func move(_ key: Key) {
        switch key {
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(text.count, cursor + 1)
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .home: cursor = 0
        case .end: cursor = text.count
        case .backspace:
            guard cursor > 0 else { return }
            cursor -= 1
            text.remove(at: cursor)
        case .delete: delete()
        case .up: recall(place - 1)
        case .down: recall(place + 1)
        case .killToEnd: kill(cursor..<text.count)
        case .killToStart: kill(0..<cursor)
        case .killWord: kill(wordStart..<cursor)
        case .yank: insert(String(killed))
        default: break
        }
    }

    private mutating func delete() {
        if cursor < text.count { text.remove(at: cursor) }
    }

    private mutating func kill(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        killed = Array(text[range])
        text.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func recall(_ next: Int) {
        guard (0...history.count).contains(next), next != place else { return }
        if place == history.count { draft = text }
        place = next
        text = next == history.count ? draft : Array(history[next])
        cursor = text.count
    }

    private var wordStart: Int {
        var index = cursor
        while index > 0, !Self.isOfWord(text[index - 1]) { index -= 1 }
        while index > 0, Self.isOfWord(text[index - 1]) { index -= 1 }
        return index
    }

    private var wordEnd: Int {
        var index = cursor
        while index < text.count, !Self.isOfWord(text[index]) { index += 1 }
        while index < text.count, Self.isOfWord(text[index]) { index += 1 }
        return index
    }

    private static func isOfWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
}
