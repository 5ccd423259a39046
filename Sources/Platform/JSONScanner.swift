import Foundation

/// Any JSON, with numbers that no double holds kept apart.
indirect enum JSONValue: Sendable, Hashable {
    case null
    case flag(Bool)
    /// With the integer, where it is written as one that fits.
    case number(Double, Int64?)
    /// A number beyond the largest double.
    case beyond
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// As JSON with sorted keys.
    var text: String {
        switch self {
        case .null, .beyond: return "null"
        case .flag(let flag): return "\(flag)"
        case .number(let number, let integer): return integer.map { "\($0)" } ?? "\(number)"
        case .text(let text):
            // A string always encodes.
            return (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
        case .list(let list): return "[\(list.map(\.text).joined(separator: ","))]"
        case .object(let object):
            let entries = object.sorted { $0.key < $1.key }.map { "\(JSONValue.text($0.key).text):\($0.value.text)" }
            return "{\(entries.joined(separator: ","))}"
        }
    }
}

/// Reads JSON (RFC 8259) strictly from one line, where it lies.
///
/// A journal is read by the hundred thousand lines a second, and what is accepted must be exactly JSON. Foundation's decoder takes some of
/// what JSON forbids (`01`, `1.`, a comma before the closing brace) and cannot tell a number that no double holds from one that is
/// malformed, of which we keep the line and not the value. Hence a scanner of our own; the tests hold it against Foundation's.
package struct JSONScanner {
    static let maximumDepth = 64

    let bytes: UnsafeRawBufferPointer
    package var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next byte that is not blank.
    @inline(__always)
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D else { return byte }
            position += 1
        }
        return nil
    }

    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    var isAtEnd: Bool {
        mutating get { peek() == nil }
    }

    mutating func take(word: StaticString) -> Bool {
        _ = peek()
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, UnsafeRawBufferPointer(rebasing: bytes[position..<end]).isEqual(to: word) else { return false }
        position = end
        return true
    }

    /// Any value; nil where the bytes are no JSON, or nested too deeply, or give a key twice.
    mutating func value(depth: Int = 0) -> JSONValue? {
        switch peek() {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return list(depth: depth)
        case UInt8(ascii: "\""): return string().map(JSONValue.text)
        case UInt8(ascii: "t"): return take(word: "true") ? .flag(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .flag(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default:
            let start = position
            guard let number = number() else { return nil }
            guard number.isFinite else { return .beyond }
            // The digits of a number are ASCII, which is UTF-8.
            return .number(number, Int64(String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)))
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        guard depth < Self.maximumDepth, take(UInt8(ascii: "{")) else { return nil }
        var object: [String: JSONValue] = [:]
        if take(UInt8(ascii: "}")) { return .object(object) }
        repeat {
            guard let key = string(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else { return nil }
            guard object.updateValue(value, forKey: key) == nil else { return nil }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(object) : nil
    }

    private mutating func list(depth: Int) -> JSONValue? {
        guard depth < Self.maximumDepth, take(UInt8(ascii: "[")) else { return nil }
        var list: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .list(list) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            list.append(value)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .list(list) : nil
    }
}

// MARK: - Numbers

extension JSONScanner {
    @inline(__always)
    private func digit() -> UInt8? {
        guard position < bytes.count else { return nil }
        let digit = bytes[position] &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }

    /// A number to the nearest double, infinite where it is beyond the largest; nil where there is none.
    ///
    /// Up to 2^53 times or over a power of ten up to 10^22 is exact after one operation (W. D. Clinger, "How to Read Floating Point Numbers
    /// Accurately", PLDI 1990); the rest is left to the standard library.
    @inline(__always)
    package mutating func number() -> Double? {
        _ = peek()
        let start = position
        let isNegative = start < bytes.count && bytes[start] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let digitsStart = position
        var mantissa: UInt64 = 0
        while let digit = digit() {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            position += 1
        }
        var digits = position - digitsStart
        guard digits > 0, digits == 1 || bytes[digitsStart] != UInt8(ascii: "0") else { return nil }
        var exponent = 0
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let fractionStart = position
            while let digit = digit() {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                position += 1
            }
            exponent = fractionStart - position
            guard exponent < 0 else { return nil }
            digits -= exponent
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            guard let power = power() else { return nil }
            exponent += power
        }
        // Nineteen digits cannot have overflowed.
        if digits <= 19, mantissa <= 1 << 53, exponent.magnitude < Self.powersOfTen.count {
            let power = Self.powersOfTen[Int(exponent.magnitude)]
            let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return isNegative ? -value : value
        }
        return Double(String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self))
    }

    private mutating func power() -> Int? {
        position += 1
        var isNegative = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        let start = position
        var power = 0
        while let digit = digit() {
            power = min(power * 10 + Int(digit), 1_000_000)
            position += 1
        }
        guard position > start else { return nil }
        return isNegative ? -power : power
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// A whole number without sign, fraction and exponent, up to 2^53 - 1; nil for all others.
    mutating func plainInteger() -> Int64? {
        _ = peek()
        let start = position
        var value: Int64 = 0
        while let digit = digit(), position - start < 17 {
            value = value * 10 + Int64(digit)
            position += 1
        }
        let count = position - start
        guard count > 0, value <= JournalReader.maximumStep, count == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "0")...UInt8(ascii: "9"): return nil
        default: return value
        }
    }
}

// MARK: - Strings

extension JSONScanner {
    /// The inside of a string of plain ASCII without escapes; nil for all others.
    @inline(__always)
    mutating func plainString() -> UnsafeRawBufferPointer? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1])
            }
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        return nil
    }

    /// Any string; nil where it is not closed, not UTF-8, or holds a control character or half of a surrogate pair.
    mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var content: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: content, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(into: &content) else { return nil }
            case 0..<0x20: return nil
            default: content.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into content: inout [UInt8]) -> Bool {
        guard position < bytes.count else { return false }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = scalar() else { return false }
            content.append(contentsOf: Array(String(scalar).utf8))
        default: return false
        }
        return true
    }

    /// What follows `\u`: four hexadecimal digits, or two such halves of a pair.
    private mutating func scalar() -> Unicode.Scalar? {
        guard let high = codeUnit() else { return nil }
        guard UTF16.isLeadSurrogate(high) else { return Unicode.Scalar(high) }
        guard take(word: "\\u"), let low = codeUnit(), UTF16.isTrailSurrogate(low) else { return nil }
        return UTF16.decode(UTF16.EncodedScalar([high, low]))
    }

    private mutating func codeUnit() -> UInt16? {
        guard position + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let byte = bytes[position]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func isEqual(to word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount, let baseAddress else { return count == word.utf8CodeUnitCount }
        return memcmp(baseAddress, word.utf8Start, count) == 0
    }
}
