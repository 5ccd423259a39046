import API
import Foundation
import Testing

@testable import Supervision

@Suite("reading a journal")
struct JournalLineTests {
    private func line(_ text: String) -> JournalLine { JournalLine(Array(text.utf8), offset: 42) }

    @Test("a checkpoint's line says all that the server needs")
    func checkpoint() throws {
        let text = """
            {"kind":"checkpoint","time":1795400000.5,"name":"best","directory":"checkpoints/000003","step":12,"summary":{"train/loss":0.25,"x":"NaN"}}
            """
        guard case .checkpoint(let checkpoint) = line(text) else {
            Issue.record("no checkpoint")
            return
        }
        #expect(checkpoint.offset == 42)
        #expect(checkpoint.name == "best")
        #expect(checkpoint.directory == "checkpoints/000003")
        #expect(checkpoint.time == Date(timeIntervalSince1970: 1_795_400_000.5))
        #expect(checkpoint.step == 12)
        #expect(checkpoint.summary["train/loss"]?.value == 0.25)
        #expect(checkpoint.summary["x"]?.value.isNaN == true)
    }

    @Test(
        "everything else is told apart",
        arguments: [
            (#"{"kind":"event","time":1,"event":"paused"}"#, "paused"), (#"{"kind":"event","time":1,"event":"running"}"#, "running"),
            (#"{"kind":"event","time":1,"event":"bound","detail":{"save":true}}"#, "other"),
            (#"{"kind":"report","time":1,"step":1,"values":{"kind":"checkpoint"}}"#, "other"), ("", "other"), (#"{"kind":"check"#, "other"),
            (#"{"kind":"checkpoint","time":1}"#, "other"), ("\u{0}\u{1}", "other"), ("[1]", "other"),
        ])
    func kinds(_ text: String, _ kind: String) {
        let found =
            switch line(text) {
            case .checkpoint: "checkpoint"
            case .paused: "paused"
            case .running: "running"
            case .other: "other"
            }
        #expect(found == kind)
    }

    @Test("the last step is that of the last whole report")
    func lastStep() {
        let text = """
            {"kind":"report","time":1,"step":3,"values":{}}
            {"kind":"event","time":1,"event":"running"}
            {"kind":"report","time":1,"step":8120,"values":{"a":1}}

            {"kind":"report","time":1,"st
            """
        #expect(JournalLine.lastStep(in: Array(text.utf8)) == 8120)
        #expect(JournalLine.lastStep(in: []) == nil)
    }

    @Test("however it is cut, the lines and where they begin are the same", arguments: 1..<40)
    func cuts(_ size: Int) {
        let bytes = Array("first\n\nthe third, 한국어\nand the rest".utf8)
        var reader = LineReader(offset: 100)
        var found: [String] = []
        var start = 0
        while start < bytes.count {
            #expect(reader.readOffset == 100 + Int64(start))
            let end = min(bytes.count, start + size)
            reader.take(bytes[start..<end]) { found.append("\($1) \(String(decoding: $0, as: UTF8.self))") }
            start = end
        }
        #expect(found == ["100 first", "106 ", "107 the third, 한국어"])
        #expect(reader.offset == 107 + Int64("the third, 한국어\n".utf8.count))
    }

    @Test("a line too long to be one is passed over, and the next is read")
    func longLine() {
        var reader = LineReader(offset: 0)
        var found: [String] = []
        let piece = [UInt8](repeating: 0x61, count: 300_000)
        for _ in 0..<10 { reader.take(piece[...]) { line, _ in found.append(String(decoding: line, as: UTF8.self)) } }
        reader.take(Array("\nnext\n".utf8)[...]) { found.append("\($1) \(String(decoding: $0, as: UTF8.self))") }
        #expect(found == ["3000001 next"])
    }
}
