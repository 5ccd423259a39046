import API
import Foundation
import Store
import Testing

@testable import Platform

/// The fast reader against the general one: where the fast one reads a line, both must read the same. And the general one against
/// Foundation's: what is JSON for us is JSON there, with the same meaning.
@Suite struct JournalReaderFuzzTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
        }
    }

    private func number(_ generator: inout Generator) -> String {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0:
            return "\(Double(bitPattern: generator.next()))".replacingOccurrences(of: "inf", with: "1").replacingOccurrences(
                of: "nan", with: "2")
        case 1: return "\(Float.random(in: -1...1, using: &generator))"
        case 2: return "\(Int64.random(in: -1_000_000...1_000_000, using: &generator))"
        case 3: return "\(UInt64.random(in: .min ... .max, using: &generator)).\(UInt64.random(in: .min ... .max, using: &generator))"
        case 4: return "\(Int.random(in: 0...99, using: &generator))e\(Int.random(in: -330...330, using: &generator))"
        case 5: return "-0.0"
        case 6: return "0.\(String(repeating: "0", count: Int.random(in: 0...30, using: &generator)))\(generator.next() % 1_000)"
        default: return "\(Double.random(in: 0...10, using: &generator))"
        }
    }

    private func line(_ generator: inout Generator) -> [UInt8] {
        let blanks = ["", "", "", " ", "\t"]
        func blank() -> String { blanks.randomElement(using: &generator) ?? "" }
        let values = (0..<Int.random(in: 0...6, using: &generator)).map { index in
            let value = Int.random(in: 0..<8, using: &generator) == 0 ? #""NaN""# : number(&generator)
            return "\(blank())\"m\(index)\"\(blank()):\(blank())\(value)\(blank())"
        }
        var fields = [
            #""kind":\#(blank())"report""#, "\"time\":\(number(&generator))", "\"step\":\(Int.random(in: 0...1 << 53, using: &generator))",
            "\"values\":{\(values.joined(separator: ","))}",
        ]
        if Bool.random(using: &generator) { fields.append(#""summary":\#(Bool.random(using: &generator))"#) }
        if Bool.random(using: &generator) { fields.append(#""texts":{"note":"a b"}"#) }
        fields.shuffle(using: &generator)
        return Array("{\(fields.joined(separator: "\(blank()),\(blank())"))}".utf8)
    }

    private func describe(_ report: Report) -> String {
        let values = report.values.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value.isNaN ? 0 : $0.value.bitPattern)" }
        return "\(report.step) \(report.timeMilliseconds) \(report.isSummary) \(values) \(report.texts.map(\.text))"
    }

    @Test("whole and damaged lines read the same", arguments: [1, 2, 3, 4] as [UInt64])
    func agreement(seed: UInt64) throws {
        var generator = Generator(state: seed)
        var fast = 0
        for _ in 0..<2_000 {
            var bytes = line(&generator)
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                default: bytes.insert(bytes.randomElement(using: &generator) ?? 0, at: position)
                }
            }
            let (quick, general) = bytes.withUnsafeBytes { (ReportLine.read($0), GeneralLine.read($0)) }
            guard let quick else { continue }
            fast += 1
            let text = String(decoding: bytes, as: UTF8.self)
            guard case .report(let slow) = general else {
                Issue.record("only the fast reader takes \(text)")
                continue
            }
            #expect(describe(quick) == describe(slow), "\(text)")
        }
        #expect(fast > 500)
    }

    private func json(_ generator: inout Generator, depth: Int = 0) -> String {
        let strings = ["", "a", "정확도", "\\u00e9\\n\\\"", "\\ud83d\\ude00", "😀", "\\ud83d", "\\/\\b", "x y"]
        switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &generator) {
        case 0: return ["true", "false", "null"].randomElement(using: &generator) ?? ""
        case 1, 2: return number(&generator)
        case 3, 4: return "\"\(strings.randomElement(using: &generator) ?? "")\""
        case 5:
            return
                "[\((0..<Int.random(in: 0...3, using: &generator)).map { _ in json(&generator, depth: depth + 1) }.joined(separator: " , "))]"
        default:
            let entries = (0..<Int.random(in: 0...3, using: &generator)).map { "\"k\($0)\": \(json(&generator, depth: depth + 1))" }
            return "{\(entries.joined(separator: ","))}"
        }
    }

    /// JSON as Foundation's decoder has it.
    private indirect enum Reference: Decodable {
        case null, beyond
        case flag(Bool)
        case number(Double)
        case text(String)
        case list([Reference])
        case object([String: Reference])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Reference].self) {
                self = .list(list)
            } else if let object = try? container.decode([String: Reference].self) {
                self = .object(object)
            } else {
                self = .beyond
            }
        }
    }

    private func isSame(_ ours: JSONValue, _ theirs: Reference) -> Bool {
        switch (ours, theirs) {
        case (.null, .null), (.beyond, .beyond): true
        // Foundation refuses what is too small as well; for us it is 0.
        case (.number(let number, _), .beyond): number.magnitude < .leastNormalMagnitude
        case (.text(let text), .text(let other)): text == other
        case (.list(let list), .list(let other)): list.count == other.count && zip(list, other).allSatisfy(isSame)
        case (.object(let object), .object(let other)):
            object.count == other.count && object.allSatisfy { key, value in other[key].map { isSame(value, $0) } ?? false }
        case (.flag(let flag), .flag(let other)): flag == other
        case (.number(let number, _), .number(let other)): number.bitPattern == other.bitPattern
        default: false
        }
    }

    @Test("what we read is what Foundation reads", arguments: [11, 12, 13, 14] as [UInt64])
    func foundation(seed: UInt64) throws {
        var generator = Generator(state: seed)
        var read = 0
        for _ in 0..<2_000 {
            var bytes = Array("[\(json(&generator))]".utf8)
            if Int.random(in: 0..<3, using: &generator) == 0 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            let ours = bytes.withUnsafeBytes { bytes -> JSONValue? in
                var scanner = JSONScanner(bytes)
                guard let value = scanner.value(), scanner.isAtEnd else { return nil }
                return value
            }
            guard let ours else { continue }
            read += 1
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(isSame(ours, try JSONDecoder().decode(Reference.self, from: Data(bytes))), "\(text)")
        }
        #expect(read > 500)
    }
}
