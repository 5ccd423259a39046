import Store

/// Reads a report's line of the usual shape in one pass:
///
///     {"kind":"report","time":1795400000.123456,"step":12,"summary":true,"values":{"train/loss":0.25,"x":"NaN"},"texts":{"note":"abc"}}
///
/// The fields may come in any order and with blanks between. Whatever else a line may be (escapes, letters beyond ASCII, a key given twice,
/// a field that we do not know, a number that no double holds) is not read here: `read` gives nil, and `GeneralLine` decides.
struct ReportLine {
    private var scanner: JSONScanner

    static func read(_ line: UnsafeRawBufferPointer) -> Report? {
        var reader = ReportLine(scanner: JSONScanner(line))
        return reader.report()
    }

    private enum Field: UInt8 {
        case kind, time, step, summary, values, texts

        @inline(__always)
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

    private mutating func report() -> Report? {
        // One bit a field.
        var seen: UInt8 = 0
        var step: Int64?
        var time: Int64?
        var report = Report(step: 0, timeMilliseconds: 0, values: [])
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        repeat {
            guard let name = scanner.plainString(), scanner.take(UInt8(ascii: ":")), let field = Field(name),
                seen & 1 << field.rawValue == 0
            else { return nil }
            seen |= 1 << field.rawValue
            switch field {
            case .kind: guard let kind = scanner.plainString(), kind.isEqual(to: "report") else { return nil }
            case .time:
                guard let seconds = scanner.number() else { return nil }
                time = JournalReader.milliseconds(seconds)
            case .step: step = scanner.plainInteger()
            case .summary:
                report.isSummary = scanner.take(word: "true")
                guard report.isSummary || scanner.take(word: "false") else { return nil }
            case .values: guard values(into: &report) else { return nil }
            case .texts: guard texts(into: &report) else { return nil }
            }
        } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "}")), scanner.isAtEnd, seen & 1 << Field.kind.rawValue != 0, let step, let time else { return nil }
        report.step = step
        report.timeMilliseconds = time
        return report
    }

    private mutating func values(into report: inout Report) -> Bool {
        guard scanner.take(UInt8(ascii: "{")) else { return false }
        if scanner.take(UInt8(ascii: "}")) { return true }
        report.values.reserveCapacity(8)
        repeat {
            guard let name = scanner.plainString(), scanner.take(UInt8(ascii: ":")), let value = value() else { return false }
            report.values.append((String(decoding: name, as: UTF8.self), value))
        } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "}")) else { return false }
        let values = report.values
        guard values.count <= 8 else { return Set(values.lazy.map(\.name)).count == values.count }
        return values.indices.allSatisfy { index in values[..<index].allSatisfy { $0.name != values[index].name } }
    }

    private mutating func texts(into report: inout Report) -> Bool {
        guard scanner.take(UInt8(ascii: "{")) else { return false }
        if scanner.take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let name = scanner.plainString(), scanner.take(UInt8(ascii: ":")), let text = scanner.plainString() else { return false }
            report.texts.append((String(decoding: name, as: UTF8.self), String(decoding: text, as: UTF8.self)))
        } while scanner.take(UInt8(ascii: ","))
        return scanner.take(UInt8(ascii: "}")) && Set(report.texts.lazy.map(\.name)).count == report.texts.count
    }

    @inline(__always)
    private mutating func value() -> Double? {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            guard let number = scanner.number(), number.isFinite else { return nil }
            return number
        }
        guard let word = scanner.plainString() else { return nil }
        if word.isEqual(to: "NaN") { return .nan }
        if word.isEqual(to: "Infinity") { return .infinity }
        return word.isEqual(to: "-Infinity") ? -.infinity : nil
    }
}
