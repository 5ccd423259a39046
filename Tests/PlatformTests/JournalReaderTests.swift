import API
import Foundation
import Store
import Testing

@testable import Platform

@Suite struct JournalReaderTests {
    private func read(_ text: String) -> JournalChunk { JournalReader.read(Array(text.utf8)) }

    @Test("a report comes back with its values, texts and time")
    func report() throws {
        let line = """
            {"kind":"report","time":1795400000.123456,"step":12,"summary":true,"values":{"train/loss":0.25,"x":"NaN","y":"-Infinity"},\
            "texts":{"note":"abc"}}

            """
        let chunk = read(line)
        #expect(chunk.consumedBytes == line.utf8.count)
        #expect(chunk.unreadableLines == 0)
        let report = try #require(chunk.reports.first)
        #expect(report.step == 12 && report.timeMilliseconds == 1_795_400_000_123 && report.isSummary)
        #expect(report.values.map(\.name) == ["train/loss", "x", "y"])
        #expect(report.values[0].value == 0.25 && report.values[1].value.isNaN && report.values[2].value == -.infinity)
        #expect(report.texts.map(\.name) == ["note"] && report.texts.map(\.text) == ["abc"])
    }

    @Test("only whole lines count")
    func torn() {
        let line = #"{"kind":"report","time":1,"step":0,"values":{}}"#
        #expect(read(line).consumedBytes == 0)
        #expect(read(line + "\n" + line).consumedBytes == line.utf8.count + 1)
        #expect(read("").consumedBytes == 0)
    }

    @Test("a line that is none is counted and passed over, a blank one is not counted")
    func unreadable() {
        let good = #"{"kind":"report","time":1,"step":0,"values":{"a":1}}"#
        let chunk = read("{\"kind\":\"repo\n\n  \n\(good)\nnull\n{}\n\u{0}\n\(good)\n")
        #expect(chunk.reports.count == 2)
        #expect(chunk.unreadableLines == 4)
    }

    @Test(
        "a report that breaks a rule is unreadable",
        arguments: [
            #"{"kind":"report","time":1,"step":-1,"values":{}}"#, #"{"kind":"report","time":1,"step":9007199254740992,"values":{}}"#,
            #"{"kind":"report","time":1,"step":1.5,"values":{}}"#, #"{"kind":"report","time":1,"values":{}}"#,
            #"{"kind":"report","step":1,"values":{}}"#, #"{"kind":"report","time":"1","step":1,"values":{}}"#,
            #"{"kind":"report","time":-1,"step":1,"values":{}}"#, #"{"kind":"report","time":1e300,"step":1,"values":{}}"#,
            #"{"kind":"report","time":1,"step":1,"values":{"a":"nan"}}"#, #"{"kind":"report","time":1,"step":1,"values":{"a":null}}"#,
            #"{"kind":"report","time":1,"step":1,"values":{"a":true}}"#, #"{"kind":"report","time":1,"step":1,"values":[]}"#,
            #"{"kind":"report","time":1,"step":1,"values":{"a":01}}"#, #"{"kind":"report","time":1,"step":1,"values":{"a":1.}}"#,
            #"{"kind":"report","time":1,"step":1,"values":{"a":1,}}"#, #"{"kind":"report","time":1,"step":1,"summary":1,"values":{}}"#,
            #"{"kind":"report","time":1,"step":1,"values":{}} x"#, #"{"kind":"report","time":1,"step":1,"values":{},"texts":{"a":1}}"#,
            #"{"kind":"report","time":1,"step":1,"values":{"a":1,"a":2}}"#, #"{"kind":"report","time":1,"time":1,"step":1,"values":{}}"#,
            #"{"kind":"rumour","time":1,"step":1,"values":{}}"#, #"[{"kind":"report","time":1,"step":1,"values":{}}]"#,
        ])
    func rules(line: String) {
        let chunk = read(line + "\n")
        #expect(chunk.reports.isEmpty && chunk.unreadableLines == 1)
    }

    @Test("a value beyond a double is passed over, never infinite; the rest of the report stays")
    func overflow() throws {
        let chunk = read(#"{"kind":"report","time":1,"step":1,"values":{"a":1e400,"b":-1e999,"c":2,"d":1e-400}}"# + "\n")
        let report = try #require(chunk.reports.first)
        #expect(report.values.map(\.name) == ["c", "d"])
        #expect(report.values.map(\.value) == [2, 0])
    }

    @Test("a line over 256 KiB is passed over, whether its end is there or not")
    func longLine() {
        let good = #"{"kind":"report","time":1,"step":0,"values":{"a":1}}"#
        let name = String(repeating: "x", count: JournalReader.maximumLineBytes)
        let long = #"{"kind":"report","time":1,"step":0,"values":{"\#(name)":1}}"#
        let chunk = read("\(good)\n\(long)\n\(good)\n")
        #expect(chunk.reports.count == 2 && chunk.unreadableLines == 1)
        let cut = read("\(good)\n\(long)")
        #expect(cut.reports.count == 1 && cut.unreadableLines == 1)
        #expect(cut.consumedBytes == good.utf8.count + 1 + long.utf8.count)
    }

    @Test("events come with their detail; checkpoints are the supervisor's")
    func events() {
        let chunk = read(
            """
            {"kind":"event","time":2.5,"event":"bound","detail":{"save":true,"load":false}}
            {"kind":"event","time":3,"event":"paused"}
            {"kind":"checkpoint","time":4,"name":"best","directory":"checkpoints/000003","step":12,"summary":{"a":1}}

            """)
        #expect(
            chunk.events == [
                JournalEvent(timeMilliseconds: 2_500, event: "bound", detail: #"{"load":false,"save":true}"#),
                JournalEvent(timeMilliseconds: 3_000, event: "paused", detail: ""),
            ])
        #expect(chunk.unreadableLines == 0)
    }

    @Test("names and texts beyond ASCII and with escapes are read")
    func unicode() throws {
        let chunk = read(#"{"kind":"report","time":1,"step":1,"values":{"정확도":1,"a\"b\u0041":2},"texts":{"n":"줄\n둘"}}"# + "\n")
        let report = try #require(chunk.reports.first)
        #expect(Set(report.values.map(\.name)) == ["정확도", "a\"bA"])
        #expect(report.texts.map(\.text) == ["줄\n둘"])
    }

    @Test("nesting has a limit")
    func depth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(read(#"{"kind":"event","time":1,"event":"x","detail":\#(deep)"# + "\n").unreadableLines == 1)
    }
}
