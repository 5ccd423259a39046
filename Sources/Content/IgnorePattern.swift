/// One line of a gitignore file.
struct IgnorePattern: Sendable {
    private enum Segment: Sendable {
        /// `**`: any number of components.
        case anyDepth
        case literal([UInt8])
        case glob([Token])
    }

    private enum Token: Sendable {
        case byte(UInt8)
        case anyByte
        case anyRun
        case set([ClosedRange<UInt8>], isNegated: Bool)
    }

    let isNegated: Bool
    private let onlyDirectories: Bool
    /// Without a slash in it, a pattern matches names at any depth.
    private let matchesNamesOnly: Bool
    private let segments: [Segment]

    /// nil for comments, blank lines and patterns that can match nothing.
    init?(line: Substring) {
        var bytes = Self.trimmed(line)
        guard bytes.first != 0x23 else { return nil }
        isNegated = bytes.first == 0x21
        if isNegated { bytes.removeFirst() }
        onlyDirectories = bytes.last == 0x2F
        if onlyDirectories { bytes.removeLast() }
        guard !bytes.isEmpty else { return nil }
        matchesNamesOnly = !bytes.contains(0x2F)
        if bytes.first == 0x2F { bytes.removeFirst() }
        var segments: [Segment] = []
        for part in bytes.split(separator: 0x2F, omittingEmptySubsequences: false) {
            guard let segment = Self.segment(part) else { return nil }
            segments.append(segment)
        }
        // `a/**` means what is in `a`, not `a` itself.
        if case .anyDepth? = segments.last { segments.append(.glob([.anyRun])) }
        self.segments = segments
    }

    /// `path` are the components below the directory of the file that has this pattern.
    func matches(_ path: ArraySlice<[UInt8]>, isDirectory: Bool) -> Bool {
        guard isDirectory || !onlyDirectories, let name = path.last else { return false }
        if matchesNamesOnly, let segment = segments.first, segments.count == 1 { return Self.matches(segment, name) }
        return Self.matches(segments[...], path)
    }

    // MARK: Reading

    /// Takes a trailing carriage return and unescaped trailing spaces away.
    private static func trimmed(_ line: Substring) -> [UInt8] {
        var bytes = Array(line.utf8)
        if bytes.last == 0x0D { bytes.removeLast() }
        while bytes.last == 0x20 || bytes.last == 0x09 {
            let slashes = bytes.dropLast().reversed().prefix { $0 == 0x5C }.count
            if slashes % 2 == 1 { break }
            bytes.removeLast()
        }
        return bytes
    }

    private static func segment(_ bytes: ArraySlice<UInt8>) -> Segment? {
        if bytes.elementsEqual("**".utf8) { return .anyDepth }
        var tokens: [Token] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case 0x2A:
                // Several stars inside a component are one.
                if case .anyRun? = tokens.last { continue }
                tokens.append(.anyRun)
            case 0x3F: tokens.append(.anyByte)
            case 0x5B:
                guard let set = set(&rest) else { return nil }
                tokens.append(set)
            case 0x5C:
                guard let escaped = rest.popFirst() else { return nil }
                tokens.append(.byte(escaped))
            default: tokens.append(.byte(byte))
            }
        }
        var literal: [UInt8] = []
        for token in tokens {
            guard case .byte(let byte) = token else { return .glob(tokens) }
            literal.append(byte)
        }
        return .literal(literal)
    }

    /// What follows a `[`, up to its `]`.
    private static func set(_ rest: inout ArraySlice<UInt8>) -> Token? {
        var ranges: [ClosedRange<UInt8>] = []
        let isNegated = rest.first == 0x21 || rest.first == 0x5E
        if isNegated { rest.removeFirst() }
        var isFirst = true
        while var byte = rest.popFirst() {
            if byte == 0x5D && !isFirst { return .set(ranges, isNegated: isNegated) }
            isFirst = false
            if byte == 0x5B && rest.first == 0x3A {
                guard let named = namedClass(&rest) else { return nil }
                ranges += named
                continue
            }
            if byte == 0x5C {
                guard let escaped = rest.popFirst() else { return nil }
                byte = escaped
            }
            guard rest.first == 0x2D, let end = rest.dropFirst().first, end != 0x5D else {
                ranges.append(byte...byte)
                continue
            }
            rest.removeFirst(2)
            var last = end
            if last == 0x5C {
                guard let escaped = rest.popFirst() else { return nil }
                last = escaped
            }
            if byte <= last { ranges.append(byte...last) }
        }
        return nil
    }

    /// What follows the `[` of `[:name:]`.
    private static func namedClass(_ rest: inout ArraySlice<UInt8>) -> [ClosedRange<UInt8>]? {
        let name = rest.dropFirst().prefix { $0 != 0x3A }
        guard rest.dropFirst(1 + name.count).starts(with: ":]".utf8) else { return nil }
        rest.removeFirst(name.count + 3)
        let digits: ClosedRange<UInt8> = 0x30...0x39
        let upper: ClosedRange<UInt8> = 0x41...0x5A
        let lower: ClosedRange<UInt8> = 0x61...0x7A
        return switch String(decoding: name, as: UTF8.self) {
        case "alnum": [digits, upper, lower]
        case "alpha": [upper, lower]
        case "blank": [0x20...0x20, 0x09...0x09]
        case "cntrl": [0...0x1F, 0x7F...0x7F]
        case "digit": [digits]
        case "graph": [0x21...0x7E]
        case "lower": [lower]
        case "print": [0x20...0x7E]
        case "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]
        case "space": [0x09...0x0D, 0x20...0x20]
        case "upper": [upper]
        case "xdigit": [digits, 0x41...0x46, 0x61...0x66]
        default: nil
        }
    }

    // MARK: Matching

    private static func matches(_ segments: ArraySlice<Segment>, _ path: ArraySlice<[UInt8]>) -> Bool {
        wildcardMatch(
            segments, path, isRun: { if case .anyDepth = $0 { true } else { false } }, isOne: { matches($0, $1) })
    }

    private static func matches(_ segment: Segment, _ name: [UInt8]) -> Bool {
        switch segment {
        case .anyDepth: true
        case .literal(let bytes): bytes == name
        case .glob(let tokens):
            wildcardMatch(
                tokens[...], name[...], isRun: { if case .anyRun = $0 { true } else { false } }, isOne: { matches($0, $1) })
        }
    }

    private static func matches(_ token: Token, _ byte: UInt8) -> Bool {
        switch token {
        case .byte(let wanted): wanted == byte
        case .anyByte, .anyRun: true
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }

    /// Matches a pattern with runs against a text. Going back to the last run only is enough, so this takes at most the
    /// product of the two lengths.
    private static func wildcardMatch<Part, Element>(
        _ pattern: ArraySlice<Part>, _ text: ArraySlice<Element>, isRun: (Part) -> Bool, isOne: (Part, Element) -> Bool
    ) -> Bool {
        var (part, element) = (pattern.startIndex, text.startIndex)
        var retry: (part: Int, element: Int)?
        while element < text.endIndex {
            if part < pattern.endIndex, isRun(pattern[part]) {
                retry = (part + 1, element)
                part += 1
            } else if part < pattern.endIndex, isOne(pattern[part], text[element]) {
                part += 1
                element += 1
            } else if let (runEnd, start) = retry {
                retry = (runEnd, start + 1)
                (part, element) = (runEnd, start + 1)
            } else {
                return false
            }
        }
        return pattern[part...].allSatisfy(isRun)
    }
}
