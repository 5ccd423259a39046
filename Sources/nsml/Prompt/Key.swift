/// What somebody presses on a terminal.
enum Key: Sendable, Hashable {
    case character(Character)
    /// Text that was pasted in one piece, with its line ends.
    case paste(String)
    case enter, tab, backspace, delete
    case left, right, wordLeft, wordRight, home, end, up, down
    case killToEnd, killToStart, killWord, yank
    case interrupt, endOfInput, clearScreen
    case unknown
}

/// Makes keys out of the bytes that a terminal sends.
struct KeyDecoder: Sendable {
    private static let pasteStart = Array("\u{1B}[200~".utf8)
    private static let pasteEnd = Array("\u{1B}[201~".utf8)
    /// A paste is not larger; more is cut off.
    private static let maximumPasteBytes = 1 << 20

    private var pending: [UInt8] = []
    private var pasted: [UInt8]?

    /// Whether bytes are held that may be the beginning of a longer key.
    var isWaiting: Bool { !pending.isEmpty || pasted != nil }

    /// The keys that are complete now.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        while let key = next() { keys.append(key) }
        return keys
    }

    /// Nothing more came for a while: a lone escape is a key by itself, and half a sequence is none.
    mutating func flush() -> [Key] {
        guard pasted == nil, !pending.isEmpty else { return [] }
        pending = []
        return [.unknown]
    }

    private mutating func next() -> Key? {
        if pasted != nil { return nextOfPaste() }
        guard let first = pending.first else { return nil }
        if first == 0x1B { return escape() }
        if first < 0x20 || first == 0x7F {
            pending.removeFirst()
            return Self.control(first)
        }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard pending.count >= length else { return nil }
        let text = String(validating: pending[..<length], as: UTF8.self)
        pending.removeFirst(length)
        return text?.first.map(Key.character) ?? .unknown
    }

    private mutating func nextOfPaste() -> Key? {
        guard let end = Self.find(Self.pasteEnd, in: pending) else {
            // All but what may be the beginning of the end.
            let safe = max(0, pending.count - Self.pasteEnd.count)
            pasted?.append(contentsOf: pending[..<safe])
            pending.removeFirst(safe)
            return nil
        }
        let bytes = (pasted ?? []) + pending[..<end]
        pending.removeFirst(end + Self.pasteEnd.count)
        pasted = nil
        let text = String(decoding: bytes.prefix(Self.maximumPasteBytes), as: UTF8.self)
        return .paste(text.replacing("\r\n", with: "\n").replacing("\r", with: "\n"))
    }

    private mutating func escape() -> Key? {
        if pending.starts(with: Self.pasteStart) {
            pending.removeFirst(Self.pasteStart.count)
            pasted = []
            return nextOfPaste()
        }
        guard pending.count > 1 else { return nil }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
            let second = pending[1]
            pending.removeFirst(2)
            return Self.alternative(second)
        }
        guard let end = pending[2...].firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
        let sequence = String(decoding: pending[2...end], as: UTF8.self)
        pending.removeFirst(end + 1)
        return Self.sequences[sequence] ?? .unknown
    }

    private static let sequences: [String: Key] = [
        "A": .up, "B": .down, "C": .right, "D": .left, "H": .home, "F": .end, "1~": .home, "7~": .home, "4~": .end, "8~": .end,
        "3~": .delete,
        "1;5C": .wordRight, "1;5D": .wordLeft, "1;3C": .wordRight, "1;3D": .wordLeft, "5C": .wordRight, "5D": .wordLeft,
    ]

    private static func control(_ byte: UInt8) -> Key {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7F: .backspace
        case 0x09: .tab
        case 0x0A, 0x0D: .enter
        case 0x0B: .killToEnd
        case 0x0C: .clearScreen
        case 0x0E: .down
        case 0x10: .up
        case 0x15: .killToStart
        case 0x17: .killWord
        case 0x19: .yank
        default: .unknown
        }
    }

    private static func alternative(_ byte: UInt8) -> Key {
        switch byte {
        case UInt8(ascii: "b"): .wordLeft
        case UInt8(ascii: "f"): .wordRight
        case 0x7F: .killWord
        default: .unknown
        }
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (0...(bytes.count - needle.count)).first { bytes[$0..<($0 + needle.count)].elementsEqual(needle) }
    }
}
