import API
import Foundation
import Testing

@testable import nsml

@Suite("Tables") struct TableTests {
    static func table() -> Table {
        var table = Table([.init("Name"), .init("Description", givesWay: true), .init("Size", .right)])
        table.add(["alice/mnist/1", "a note that is rather long for a table", "12 B"])
        table.add(["bob/mnist/12", "짧은 메모", "1.5 kB"])
        return table
    }

    @Test("has a header, a dashed rule and gaps of two spaces, and cuts nothing when there is no terminal")
    func plain() {
        #expect(
            Self.table().lines(width: nil, color: false) == [
                "Name           Description                               Size",
                "-------------  --------------------------------------  ------",
                "alice/mnist/1  a note that is rather long for a table    12 B",
                "bob/mnist/12   짧은 메모                               1.5 kB",
            ])
    }

    @Test("fits the terminal by cutting the columns that give way")
    func cut() {
        let lines = Self.table().lines(width: 40, color: false)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
        #expect(lines[2] == "alice/mnist/1  a note that is r…    12 B")
    }

    @Test("never cuts names, even if the terminal is too narrow for them")
    func narrow() {
        #expect(Self.table().lines(width: 10, color: false)[2].hasPrefix("alice/mnist/1  "))
    }

    @Test("colours cells only when asked, and pads by what is seen")
    func color() {
        var table = Table([.init("Status"), .init("Type")])
        table.add([.init("running", color: .green), "normal"])
        #expect(table.lines(width: nil, color: true)[2] == "\u{1B}[32mrunning\u{1B}[0m  normal")
        #expect(table.lines(width: nil, color: false)[2] == "running  normal")
    }

    @Test("shows control characters of what others wrote as pictures")
    func escapes() {
        var table = Table([.init("Description")])
        table.add([.init("a\u{1B}[2Jb\nc")])
        #expect(table.lines(width: nil, color: false)[2] == "a␛[2Jb␊c")
    }
}

@Suite("Escaping") struct EscapingTests {
    static func escape(_ pieces: [[UInt8]]) -> String {
        var escaping = Escaping()
        var bytes = pieces.flatMap { escaping.feed($0) }
        bytes += escaping.finish()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "makes what could steer a terminal visible and leaves text alone",
        arguments: [
            ("plain\ttext\n", "plain\ttext\n"), ("\u{1B}[31mred\u{1B}[0m", "␛[31mred␛[0m"), ("ring\u{07}", "ring␇"), ("a\u{08}b", "a␈b"),
            ("one\r\ntwo\r\n", "one\ntwo\n"), ("10%\r20%\r\n", "10%␍\n20%\n"), ("end\r", "end␍"), ("\u{7F}", "␡"), ("한국어 é 🎉", "한국어 é 🎉"),
            ("a\u{9B}2Jb", "a\\x9b2Jb"), ("x\u{202E}y", "x<U+202E>y"), ("\u{2066}z\u{2069}", "<U+2066>z<U+2069>"),
        ])
    func text(input: String, expected: String) {
        #expect(Self.escape([Array(input.utf8)]) == expected)
        // However the stream is cut, the result is the same.
        #expect(Self.escape(input.utf8.map { [$0] }) == expected)
    }

    @Test("shows bytes that are no UTF-8 by their number")
    func bytes() {
        #expect(Self.escape([[0x61, 0xFF, 0x62]]) == "a\\xffb")
        #expect(Self.escape([[0xC3, 0x28]]) == "\\xc3(")
        #expect(Self.escape([[0xE2, 0x82]]) == "\\xe2\\x82")
        #expect(Self.escape([[0xED, 0xA0, 0x80]]) == "\\xed\\xa0\\x80")
    }

    @Test("keeps a text on one line where one line is meant")
    func line() {
        #expect(Escaping.line("a\nb\r\tc\u{1B}") == "a␊b␍␉c␛")
        #expect(Escaping.line("한국어") == "한국어")
    }
}

@Suite("Widths and quantities") struct QuantityTests {
    @Test("count Korean and emoji as two columns and combining marks as none")
    func widths() {
        #expect(DisplayWidth.of("abc") == 3)
        #expect(DisplayWidth.of("한국어") == 6)
        #expect(DisplayWidth.of("e\u{301}") == 1)
        #expect(DisplayWidth.of("🎉") == 2)
        #expect(DisplayWidth.truncate("한국어 모델", to: 8) == "한국어 …")
        #expect(DisplayWidth.truncate("short", to: 5) == "short")
        #expect(DisplayWidth.wrap("the 한국어 model", to: 8) == ["the", "한국어", "model"])
        #expect(DisplayWidth.wrap("a verylongword b", to: 6) == ["a", "verylo", "ngword", "b"])
        #expect(DisplayWidth.wrap("", to: 6) == [""])
    }

    @Test("show all of what explains something, in further lines where it is long")
    func wraps() {
        var table = Table([.init("Time"), .init("Detail", wraps: true)])
        table.add(["12:00", "exited with code 1: no module"])
        #expect(
            table.lines(width: 25, color: false)
                == ["Time   Detail", "-----  ------------------", "12:00  exited with code", "       1: no module"])
        #expect(table.lines(width: nil, color: false).last == "12:00  exited with code 1: no module")
    }

    @Test(
        "read sizes with decimal and binary units",
        arguments: [
            ("24G", 24_000_000_000), ("24Gi", 25_769_803_776), ("24GiB", 25_769_803_776), ("24GB", 24_000_000_000), ("512m", 512_000_000),
            ("1000000000", 1_000_000_000), ("1.5k", 1_500), ("1", 1),
        ] as [(String, Int64)])
    func size(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text, for: "memory") == bytes)
    }

    @Test("refuse what is no size", arguments: ["", "G", "-1G", "24X", "0", "1e300G", "nan", "24 G"])
    func noSize(text: String) {
        #expect(throws: Failure.self) { try ByteSize.parse(text, for: "memory") }
    }

    @Test(
        "show sizes in three digits or so",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1_000, "1.00 kB"), (34_200, "34.2 kB"), (127_800_000, "127.8 MB"), (1_040_000_000, "1.04 GB"),
            (999_960, "1.00 MB"),
        ]
            as [(Int64, String)])
    func show(bytes: Int64, text: String) {
        #expect(ByteSize.format(bytes) == text)
    }

    @Test(
        "an option's size is written as short as is exact",
        arguments: [
            (Int64(24_000_000_000), "24G"), (500_000_000, "500M"), (1 << 30, "1Gi"), (16 << 20, "16Mi"), (1_000_000_001, "1000000001"),
            (0, "0"),
        ])
    func exactBytes(bytes: Int64, text: String) throws {
        #expect(ByteSize.exact(bytes) == text)
        if bytes > 0 { #expect(try ByteSize.parse(text, for: "memory") == bytes) }
    }

    @Test("read and show spans of time")
    func spans() throws {
        #expect(try TimeSpan.parse("10m", for: "time") == 600)
        #expect(try TimeSpan.parse("1.5h", for: "time") == 5_400)
        #expect(try TimeSpan.parse("30", for: "time") == 30)
        #expect(throws: Failure.self) { try TimeSpan.parse("soon", for: "time") }
        #expect(throws: Failure.self) { try TimeSpan.parse("-1", for: "time") }
        #expect(TimeSpan.format(45) == "45 s")
        #expect(TimeSpan.format(725) == "12 min 5 s")
        #expect(TimeSpan.format(12_000) == "3 h 20 min")
    }

    @Test(
        "say how long ago something was",
        arguments: [
            (0, "just now"), (1, "1 second ago"), (59, "59 seconds ago"), (60, "1 minute ago"), (300, "5 minutes ago"),
            (7_200, "2 hours ago"),
            (86_400, "1 day ago"), (20 * 86_400, "2 weeks ago"), (400 * 86_400, "13 months ago"), (800 * 86_400, "2 years ago"),
            (-5, "just now"),
        ])
    func ago(seconds: Int, text: String) {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(TimeSpan.ago(now.addingTimeInterval(-Double(seconds)), now: now) == text)
    }
}

@Suite("Progress") struct ProgressTests {
    @Test("is redrawn ten times a second at most on a terminal")
    func redraws() {
        var meter = ProgressMeter(title: "uploading", redraws: true, now: 0)
        let lines = (0...100).compactMap { meter.update(doneBytes: Int64($0) * 1_000_000, totalBytes: 100_000_000, now: Double($0) * 0.01) }
        #expect((10...11).contains(lines.count))
        #expect(lines[5].hasPrefix("uploading  "))
    }

    @Test("is a line each ten seconds elsewhere, and nothing when all is quick")
    func lines() {
        var meter = ProgressMeter(title: "uploading", redraws: false, now: 0)
        #expect(meter.update(doneBytes: 1, totalBytes: 100, now: 1) == nil)
        #expect(
            meter.update(doneBytes: 50_000_000, totalBytes: 100_000_000, now: 10)
                == "uploading  50.0 MB of 100.0 MB  50%  5.00 MB/s  10 s left")
        #expect(meter.update(doneBytes: 60_000_000, totalBytes: 100_000_000, now: 15) == nil)
    }

    @Test("does not count as its own speed what was there before")
    func resumed() {
        var meter = ProgressMeter(title: "x", redraws: false, now: 0)
        #expect(meter.update(doneBytes: 90_000_000, totalBytes: 100_000_000, now: 0) == nil)
        #expect(meter.update(doneBytes: 95_000_000, totalBytes: 100_000_000, now: 10)?.contains("500.0 kB/s  10 s left") == true)
    }
}

@Suite("Colours") struct ColorTests {
    @Test("--color outranks the environment, NO_COLOR outranks CLICOLOR_FORCE, a pipe gets none")
    func choice() {
        #expect(ColorChoice.automatic.allows(isTerminal: true, environment: [:]))
        #expect(!ColorChoice.automatic.allows(isTerminal: false, environment: [:]))
        #expect(!ColorChoice.automatic.allows(isTerminal: true, environment: ["NO_COLOR": "1"]))
        #expect(ColorChoice.automatic.allows(isTerminal: true, environment: ["NO_COLOR": ""]))
        #expect(!ColorChoice.automatic.allows(isTerminal: true, environment: ["TERM": "dumb"]))
        #expect(ColorChoice.automatic.allows(isTerminal: false, environment: ["CLICOLOR_FORCE": "1"]))
        #expect(!ColorChoice.automatic.allows(isTerminal: false, environment: ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
        #expect(ColorChoice.always.allows(isTerminal: false, environment: ["NO_COLOR": "1"]))
        #expect(!ColorChoice.never.allows(isTerminal: true, environment: ["CLICOLOR_FORCE": "1"]))
    }
}
