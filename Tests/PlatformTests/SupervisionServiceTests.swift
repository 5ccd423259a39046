import API
import Foundation
import Platform
import Testing

@Suite struct SupervisionServiceTests {
    private func line(_ step: Int, _ loss: Double) -> String {
        #"{"kind":"report","time":1795400000.5,"step":\#(step),"summary":true,"values":{"train/loss":\#(loss)}}"# + "\n"
    }

    @Test("a stream sent in any pieces, twice or with gaps arrives once and whole")
    func streams() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            let service = fixture.platform.supervision
            let journal = Array((line(1, 0.5) + line(2, 0.25) + line(3, 0.125)).utf8)
            let cut = journal.count / 2
            let first = try await service.put(Array(journal[..<cut]), to: .journal, of: session.name, offset: 0, epoch: 1).offset
            // Half a line is not taken: the offset stands at the end of a line.
            #expect(journal[Int(first) - 1] == 0x0A)
            let gap = await #expect(throws: Failure.self) {
                try await service.put(Array(journal[cut...]), to: .journal, of: session.name, offset: Int64(cut), epoch: 1)
            }
            #expect(gap?.code == .offsetGap && gap?.offset == first)
            for _ in 0..<2 {
                let end = try await service.put(journal, to: .journal, of: session.name, offset: 0, epoch: 1).offset
                #expect(end == Int64(journal.count))
            }
            let series = try await fixture.platform.sessions.series(
                session.name, metric: "train/loss", fromStep: nil, toStep: nil, points: 100, for: fixture.alice)
            #expect(series.steps == [1, 2, 3])
            #expect(series.values.map(\.value) == [0.5, 0.25, 0.125])
            let record = try await fixture.platform.sessions.get(session.name, afterEvent: nil, waitSeconds: 0, for: fixture.alice)
            #expect(record.summary == ["train/loss": MetricValue(0.125)] && record.step == 3)
        }
    }

    @Test("images, sounds and tables of a journal are kept once, whole, and only if they are what they say")
    func media() async throws {
        func line(_ name: String, _ step: Int, _ kind: String, _ type: String, _ data: [UInt8], part: Int = 0, parts: Int = 1) -> String {
            let head =
                #"{"kind":"media","time":1795400000.5,"step":\#(step),"name":"\#(name)","media":"\#(kind)","type":"\#(type)","id":"a-\#(step)""#
            return head + #","part":\#(part),"parts":\#(parts),"caption":"c","data":"\#(Data(data).base64EncodedString())"}"# + "\n"
        }
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            let image: [UInt8] = [0x89, 0x50, 0x4E, 0x47] + Array("rest".utf8)
            let journal = Array(
                (line("sample", 1, "image", "image/png", image)
                    + line("sample", 2, "image", "image/png", Array(image[..<5]), part: 0, parts: 2)
                    + line("sample", 2, "image", "image/png", Array(image[5...]), part: 1, parts: 2)
                    + line("rows", 2, "table", "application/json", Array(#"{"rows":[]}"#.utf8))
                    + line("page", 3, "image", "text/html", Array("<html>".utf8))
                    + line("lie", 4, "image", "image/png", Array("<html>".utf8)))
                    .utf8)
            let service = fixture.platform.supervision
            // In two pieces, and all of it twice, as after a crash.
            let cut = try #require(journal.firstIndex(of: 0x0A)) + 200
            let half = try await service.put(Array(journal[..<cut]), to: .journal, of: session.name, offset: 0, epoch: 1).offset
            _ = try await service.put(Array(journal[Int(half)...]), to: .journal, of: session.name, offset: half, epoch: 1)
            _ = try await service.put(journal, to: .journal, of: session.name, offset: 0, epoch: 1)
            let list = try await fixture.platform.media.list(session.name, named: nil, after: 0, limit: 2, for: fixture.bob)
            #expect(list.items.map(\.name) == ["sample", "sample"] && list.items.map(\.step) == [1, 2] && list.next != nil)
            let rest = try await fixture.platform.media.list(
                session.name, named: nil, after: try #require(list.next.flatMap { Int64($0) }), limit: 10, for: fixture.bob)
            #expect(rest.items.map(\.name) == ["rows"] && rest.next == nil)
            let found = try await fixture.platform.media.content(session.name, number: list.items[1].number, for: fixture.bob)
            #expect(found.bytes == image && found.type == "image/png")
            let events = try await fixture.platform.sessions.events(session.name, after: 0, limit: 100, for: fixture.alice).items
            #expect(events.filter { $0.event == "media" }.map(\.detail) == ["image 'lie' is not what it says, or too large"])
            #expect(events.contains { $0.detail.hasPrefix("1 lines of the journal could not be read") })
        }
    }

    @Test("output is kept byte for byte and can be followed to its end")
    func output() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            let bytes: [UInt8] = Array("one\ntwo\r\u{1B}[31mred\n".utf8) + [0xFF, 0x00, 0x0A]
            _ = try await fixture.platform.supervision.put(Array(bytes[..<5]), to: .output, of: session.name, offset: 0, epoch: 1)
            let start = try await fixture.platform.output.read(session.name, from: .offset(0), limit: 100, waitSeconds: 0, for: fixture.bob)
            #expect(start.bytes == Array(bytes[..<5]) && !start.isEnd)
            async let follow = fixture.platform.output.read(session.name, from: .offset(5), limit: 100, waitSeconds: 60, for: fixture.bob)
            _ = try await fixture.platform.supervision.put(bytes, to: .output, of: session.name, offset: 0, epoch: 1)
            #expect(try await follow.bytes == Array(bytes[5...]))
            try await fixture.progress(session, .finished, exit: ProcessExit(exitCode: 0))
            let tail = try await fixture.platform.output.read(
                session.name, from: .lastLines(1), limit: 100, waitSeconds: 0, for: fixture.alice)
            #expect(tail.bytes == [0xFF, 0x00, 0x0A] && tail.isEnd)
        }
    }

    @Test("what an earlier placement says is refused")
    func staleEpoch() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            let stale = await #expect(throws: Failure.self) { try await fixture.progress(session, .running, epoch: 0) }
            #expect(stale?.code == .staleEpoch)
            let put = await #expect(throws: Failure.self) {
                try await fixture.platform.supervision.put([1], to: .output, of: session.name, offset: 0, epoch: 2)
            }
            #expect(put?.code == .staleEpoch)
        }
    }

    @Test("progress may be repeated, and may skip a step")
    func progress() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            for _ in 0..<2 {
                try await fixture.progress(session, .failed, exit: ProcessExit(exitCode: 3), reason: "exited with code 3")
            }
            let record = try await fixture.platform.sessions.get(session.name, afterEvent: nil, waitSeconds: 0, for: fixture.alice)
            #expect(record.state == .failed && record.exitCode == 3 && record.reason == "exited with code 3")
            let events = try await fixture.platform.sessions.events(session.name, after: 0, limit: 100, for: fixture.alice).items
            #expect(events.filter { $0.event == "failed" }.count == 1)
        }
    }

    @Test("a question waits for its answer, and fails with the session")
    func questions() async throws {
        let board = CommandBoard(feed: Feed())
        let number = try board.ask(7, contentType: "text/plain", parameters: [:], body: Data("2+2".utf8))
        #expect(board.commands(of: 7, after: 0).map(\.number) == [number])
        #expect(board.commands(of: 7, after: number).isEmpty)
        board.answered(number, of: 7, with: .success(InferenceAnswer(contentType: "text/plain", body: Data("4".utf8))))
        #expect(try await board.answer(to: number, of: 7, seconds: 60).body == Data("4".utf8))
        let other = try board.ask(7, contentType: "text/plain", parameters: [:], body: Data())
        let waited = Task { try await board.answer(to: other, of: 7, seconds: 60) }
        board.ended(7, reason: "session a/b/1 has ended")
        let failure = await #expect(throws: Failure.self) { try await waited.value }
        #expect(failure?.code == .sessionFailed)
    }
}
