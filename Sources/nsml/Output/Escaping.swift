/// Makes what came from sessions and other users safe to print: control characters that could steer a terminal are
/// shown as pictures (`␛`, `␇`), direction overrides by their number (`<U+202E>`), bytes that are no UTF-8 as `\xNN`.
///
/// It is fed a stream in pieces: a character cut in two by the pieces is put together again.
struct Escaping: Sendable {
    private var pending: [UInt8] = []
    /// A carriage return that may still turn out to belong to a line end.
    private var heldReturn = false

    init() {}

    /// What of `bytes` can be printed now.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        for byte in bytes { take(byte, into: &output) }
        return output
    }

    /// What is left at the end of the stream.
    mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        flushPending(into: &output)
        flushReturn(into: &output)
        return output
    }

    /// One text as one line: line ends and tabs become pictures too.
    static func line(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            result += picture(of: scalar.value) ?? (scalar.value < 0x20 ? control(scalar.value) : String(Character(scalar)))
        }
        return result
    }

    private mutating func take(_ byte: UInt8, into output: inout [UInt8]) {
        if heldReturn {
            heldReturn = false
            // A line end as some systems write it is a line end; a lone return would overwrite what stands there.
            if byte != 0x0A { output.append(contentsOf: "␍\n".utf8) }
        }
        if pending.isEmpty, byte < 0x80 { return takeASCII(byte, into: &output) }
        if !pending.isEmpty, byte & 0xC0 != 0x80 {
            flushPending(into: &output)
            return take(byte, into: &output)
        }
        pending.append(byte)
        let needed = Self.length(of: pending[0])
        guard pending.count >= needed else { return }
        guard needed > 1, let text = String(validating: pending, as: UTF8.self), let scalar = text.unicodeScalars.first else {
            return flushPending(into: &output)
        }
        output.append(contentsOf: (Self.picture(of: scalar.value) ?? text).utf8)
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func takeASCII(_ byte: UInt8, into output: inout [UInt8]) {
        switch byte {
        case 0x0D: heldReturn = true
        case 0x0A, 0x09, 0x20..<0x7F: output.append(byte)
        default: output.append(contentsOf: Self.control(UInt32(byte)).utf8)
        }
    }

    private mutating func flushPending(into output: inout [UInt8]) {
        for byte in pending { output.append(contentsOf: "\\x\(String(byte, radix: 16))".utf8) }
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func flushReturn(into output: inout [UInt8]) {
        if heldReturn { output.append(contentsOf: "␍".utf8) }
        heldReturn = false
    }

    private static func length(of first: UInt8) -> Int {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }

    /// The picture of a control character below 0x20, or of DEL.
    private static func control(_ value: UInt32) -> String {
        let picture = value == 0x7F ? 0x2421 : 0x2400 + value
        return Unicode.Scalar(picture).map { String(Character($0)) } ?? "?"
    }

    /// nil for a character that is harmless by itself.
    private static func picture(of value: UInt32) -> String? {
        switch value {
        case 0x7F: control(value)
        case 0x80...0x9F: "\\x\(String(value, radix: 16))"
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: "<U+\(String(value, radix: 16, uppercase: true))>"
        default: nil
        }
    }
}
