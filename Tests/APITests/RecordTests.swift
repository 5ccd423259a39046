import API
import Foundation
import Testing

@Suite struct RecordTests {
    @Test("a digest is read and written back as 64 hexadecimal digits")
    func digest() throws {
        let hex = "00ff" + String(repeating: "3a", count: 30)
        let digest = try #require(Digest(hex: hex))
        #expect(digest.hex == hex)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(hex: hex.uppercased()) == nil)
        #expect(Digest(hex: hex.dropLast()) == nil)
    }

    @Test(
        "NaN and the infinities travel as words and come back",
        arguments: [Double.nan, .infinity, -.infinity, -0.0, 0.1, 1e308, .leastNonzeroMagnitude])
    func metricValues(value: Double) throws {
        let data = try Wire.encoder().encode([MetricValue(value)])
        let back = try Wire.decoder().decode([MetricValue].self, from: data)
        let read = try #require(back.first).value
        #expect(read.isNaN && value.isNaN || read.bitPattern == value.bitPattern)
    }

    @Test("times travel in UTC with milliseconds, and are read with or without")
    func times() throws {
        #expect(Wire.format(Date(timeIntervalSince1970: 1_795_400_000.25)) == "2026-11-23T02:13:20.250Z")
        #expect(Wire.date("2026-11-23T02:13:20Z") == Date(timeIntervalSince1970: 1_795_400_000))
        #expect(Wire.date("yesterday") == nil)
        for millisecond in 0..<1000 {
            let text = Wire.format(Date(timeIntervalSince1970: (1_795_649_036_000 + Double(millisecond)) / 1000))
            #expect(text.hasSuffix(".\(String(millisecond + 1000).dropFirst())Z"))
            #expect(Wire.date(text).map { Wire.format($0) } == text)
        }
    }

    @Test(
        "a filter that cannot be understood is refused, and the term is named",
        arguments: [
            ("state:runing", "runing"), ("foo:1", "foo:1"), ("arg.lr", "arg.lr"), ("arg.lr>x", "arg.lr>x"), ("metric.a>b", "metric.a>b"),
            ("metric.>1", "metric.>1"),
            ("age<2", "age<2"), ("gpus:many", "gpus:many"), ("state>running", "state>running"), ("\"open", "\"open"), ("user:", "user:"),
            ("-foo:1", "foo:1"),
            (String(repeating: "a ", count: 17), "a a"), (String(repeating: "a", count: 1001), "aaa"),
        ])
    func badFilters(text: String, named: String) throws {
        let failure = #expect(throws: Failure.self) { try SessionWhere(parsing: text) }
        #expect(failure?.code == .invalidValue && failure?.message.contains(named) == true && failure?.hint != nil)
    }

    @Test("a filter is terms; what is no field is a word")
    func filters() throws {
        let filter = try SessionWhere(parsing: #"  metric.test:top1>=0.5 arg.url:http://x -gpus>0 "two words" "a:b" --lr a<b 12:30 "#)
        #expect(
            filter.terms.map(\.test) == [
                .metric("test:top1", .last, .greaterOrEqual, 0.5), .argument("url", .equal, "http://x"), .quantity(.gpus, .greater, 0),
                .word("two words"), .word("a:b"), .word("--lr"), .word("a<b"), .word("12:30"),
            ])
        #expect(filter.terms.map(\.isNegated) == [false, false, true, false, false, false, false, false])
    }

    @Test("retention is read as people write it")
    func retention() throws {
        #expect(try Retention(parsing: "best:1,last:2") == Retention(best: 1, last: 2))
        #expect(try Retention(parsing: "best:2:test/loss:ascending") == Retention(best: 2, metric: "test/loss", order: .ascending))
        #expect(try Retention(parsing: "all") == Retention())
        for text in ["", "best", "best:x", "first:1", "last:1:acc", "best:1:acc:up"] {
            #expect(throws: Failure.self) { try Retention(parsing: text) }
        }
        for text in ["all", "best:1,last:2", "best:2:test/loss:ascending"] {
            #expect(try Retention(parsing: text).description == text)
        }
    }

    @Test("a session that is over can only be resumed, unless it finished, and every other state can end")
    func states() {
        for state in SessionState.allCases {
            for next in SessionState.allCases where state.isFinal {
                #expect(state.allows(next) == (state != .finished && next == .queued), "\(state) to \(next)")
            }
            if !state.isFinal { #expect(state.allows(.failed) && state.allows(.stopped)) }
        }
        #expect(!SessionState.queued.allows(.running))
    }

    @Test("every endpoint is listed once")
    func endpoints() {
        #expect(Set(Endpoints.all).count == Endpoints.all.count)
        #expect(Set(Endpoints.all.map { "\($0.method.rawValue) \($0.path)" }).count == Endpoints.all.count)
    }
}
