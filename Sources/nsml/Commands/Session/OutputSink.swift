import API
import Client
import Foundation

/// What lies between a session's bytes and standard output: lines are picked, control characters made harmless.
struct OutputSink: Sendable {
    enum Form: Sendable {
        /// Control characters shown as pictures.
        case text
        /// The bytes as they are.
        case raw
        /// One object for each line.
        case json
    }

    private struct Line: Encodable {
        var time: Date?
        var line: String
    }

    let output: Output
    let form: Form
    /// Whether pieces are wanted with their times.
    let needsTimes: Bool
    private let pattern: String?
    private let showsTimes: Bool
    private var lines = LineSplitter()
    private var clock = LineClock()
    /// Where the next line begins; nil before the first piece.
    private var offset: Int64?
    private var escaping = Escaping()

    /// `pattern` is a regular expression that picks lines; `timestamps` puts in front of each line when it arrived.
    init(output: Output, form: Form, pattern: String? = nil, timestamps: Bool = false) throws {
        self.output = output
        self.form = form
        self.pattern = pattern
        showsTimes = timestamps && form != .json
        needsTimes = timestamps || form == .json
        if let pattern { _ = try Self.expression(pattern) }
    }

    mutating func take(_ piece: OutputPiece) throws {
        guard pattern != nil || needsTimes else { return try emit(piece.bytes) }
        offset = offset ?? piece.offset
        clock.add(piece.times)
        try pick(lines.feed(piece.bytes))
    }

    mutating func finish() throws {
        try pick(lines.finish())
        if form == .text { try write(escaping.finish()) }
    }

    private mutating func pick(_ lines: [[UInt8]]) throws {
        let expression = try pattern.map(Self.expression)
        for line in lines {
            let time = needsTimes ? clock.time(at: offset ?? 0) : nil
            offset = (offset ?? 0) + Int64(line.count)
            let text = String(decoding: line.last == 0x0A ? line.dropLast() : line[...], as: UTF8.self)
            // An expression that cannot be matched against this line does not match it.
            if let expression, (try? expression.firstMatch(in: text)) == nil { continue }
            guard form != .json else {
                try output.streamed(Line(time: time, line: text))
                continue
            }
            // As wide as a time, so that lines stay below each other.
            if showsTimes { try write(Array("\(time.map(Wire.format) ?? String(repeating: " ", count: 24))  ".utf8)) }
            try emit(line)
        }
    }

    private mutating func emit(_ bytes: [UInt8]) throws { try write(form == .raw ? bytes : escaping.feed(bytes)) }

    private func write(_ bytes: [UInt8]) throws {
        if !bytes.isEmpty { try output.bytes(bytes) }
    }

    private static func expression(_ pattern: String) throws -> Regex<AnyRegexOutput> {
        do {
            return try Regex(pattern)
        } catch {
            throw Failure.invalidValue("pattern", pattern, expected: "a regular expression, as in 'val.*acc'")
        }
    }
}

/// Takes a stream of bytes apart into lines with their ends.
struct LineSplitter: Sendable {
    /// A line longer than this comes in pieces.
    static let maximumLineBytes = 64 << 10

    private var line: [UInt8] = []

    init() {}

    mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            line.append(byte)
            guard byte == 0x0A || line.count >= Self.maximumLineBytes else { continue }
            lines.append(line)
            line.removeAll(keepingCapacity: true)
        }
        return lines
    }

    /// What is left without an end.
    mutating func finish() -> [[UInt8]] {
        defer { line.removeAll() }
        return line.isEmpty ? [] : [line]
    }
}
