import Foundation
import Store

/// Reads a report's line of the usual shape in one pass:
///
///     {"kind":"report","time":1795400000.123456,"step":12,"summary":true,"values":{"train/loss":0.25,"x":"NaN"},"texts":{"note":"abc"}}
///
/// The fields may come in any order and with blanks between. Whatever else JSON allows (escapes, letters beyond ASCII, a key given twice,
/// a field that we do not know, a number that no double holds) is not read here: `read` gives nil, and the general decoder decides.
struct ReportLine {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    static func read(_ line: UnsafeRawBufferPointer) -> Report? {
        var reader = ReportLine(line)
        return reader.report()
    }

    private mutating func report() -> Report? {
        var seen: Set<Field> = []
        var step: Int64?
        var time: Int64?
        var report = Report(step: 0, timeMilliseconds: 0, values: [])
        guard take(UInt8(ascii: "{")) else { return nil }
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")), let field = Field(name), seen.insert(field).inserted else { return nil }
            switch field {
            case .kind: guard let kind = string(), kind.isEqual(to: "report") else { return nil }
            case .time:
                guard let seconds = number() else { return nil }
                time = JournalReader.milliseconds(seconds)
            case .step: step = integer()
            case .summary:
                guard let flag = flag() else { return nil }
                report.isSummary = flag
            case .values: guard values(into: &report) else { return nil }
            case .texts: guard texts(into: &report) else { return nil }
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")), isAtEnd, seen.contains(.kind), let step, let time else { return nil }
        report.step = step
        report.timeMilliseconds = time
        return report
    }

    private mutating func values(into report: inout Report) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        report.values.reserveCapacity(8)
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")), let value = value() else { return false }
            report.values.append((String(decoding: name, as: UTF8.self), value))
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) && Self.areDistinct(report.values.map(\.name))
    }

    private mutating func texts(into report: inout Report) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")), let text = string() else { return false }
            report.texts.append((String(decoding: name, as: UTF8.self), String(decoding: text, as: UTF8.self)))
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) && Self.areDistinct(report.texts.map(\.name))
    }

    private static func areDistinct(_ names: [String]) -> Bool {
        guard names.count > 8 else {
            return names.indices.allSatisfy { index in names[..<index].allSatisfy { $0 != names[index] } }
        }
        return Set(names).count == names.count
    }

    private mutating func value() -> Double? {
        guard peek() == UInt8(ascii: "\"") else { return number() }
        guard let word = string() else { return nil }
        if word.isEqual(to: "NaN") { return .nan }
        if word.isEqual(to: "Infinity") { return .infinity }
        return word.isEqual(to: "-Infinity") ? -.infinity : nil
    }
}

extension ReportLine {
    private enum Field: Hashable {
        case kind, time, step, summary, values, texts

        init?(_ name: UnsafeRawBufferPointer) {
            if name.isEqual(to: "values") {
                self = .values
            } else if name.isEqual(to: "time") {
                self = .time
            } else if name.isEqual(to: "step") {
                self = .step
            } else if name.isEqual(to: "kind") {
                self = .kind
            } else if name.isEqual(to: "summary") {
                self = .summary
            } else if name.isEqual(to: "texts") {
                self = .texts
            } else {
                return nil
            }
        }
    }

    @inline(__always)
    private mutating func peek() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D else { return byte }
            position += 1
        }
        return nil
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private var isAtEnd: Bool { bytes[position...].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }

    /// The inside of a string of plain ASCII.
    @inline(__always)
    private mutating func string() -> UnsafeRawBufferPointer? {
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

    private mutating func flag() -> Bool? {
        guard let first = peek() else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
        let word: StaticString = first == UInt8(ascii: "t") ? "true" : "false"
        guard rest.count >= word.utf8CodeUnitCount, UnsafeRawBufferPointer(rebasing: rest[..<word.utf8CodeUnitCount]).isEqual(to: word)
        else {
            return nil
        }
        position += word.utf8CodeUnitCount
        return first == UInt8(ascii: "t")
    }

    /// A plain integer from 0 to 2^53 - 1; steps written otherwise are not read here.
    private mutating func integer() -> Int64? {
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

    @inline(__always)
    private func digit() -> UInt8? {
        guard position < bytes.count else { return nil }
        let digit = bytes[position] &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }

    /// A number by JSON's grammar, to the nearest double.
    ///
    /// Up to 2^53 times a power of ten up to 10^22 is exact after one multiplication or division (W. D. Clinger, "How to Read Floating Point
    /// Numbers Accurately", PLDI 1990); the rest is left to the standard library.
    @inline(__always)
    private mutating func number() -> Double? {
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
        if digits <= 19, mantissa <= 1 << 53, abs(exponent) < Self.powersOfTen.count {
            let power = Self.powersOfTen[abs(exponent)]
            let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return isNegative ? -value : value
        }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else { return nil }
        return value
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
            power = min(power * 10 + Int(digit), 100_000)
            position += 1
        }
        guard position > start else { return nil }
        return isNegative ? -power : power
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func isEqual(to word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount, let baseAddress else { return count == word.utf8CodeUnitCount }
        return memcmp(baseAddress, word.utf8Start, count) == 0
    }
}
