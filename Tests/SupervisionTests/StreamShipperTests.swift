import API
import Testing

@testable import Supervision

@Suite("carrying a growing file to the server")
struct StreamShipperTests {
    typealias Event = StreamShipper.Event
    typealias Action = StreamShipper.Action

    @Test(
        "events lead to these actions",
        arguments: [
            ([], Action.wait),
            ([.ended], .finished),
            ([.grew(to: 10)], .send(offset: 0, limit: 10)),
            ([.grew(to: 3 << 20)], .send(offset: 0, limit: 1 << 20)),
            ([.grew(to: 10), .answered(10)], .wait),
            ([.grew(to: 10), .answered(10), .ended], .finished),
            ([.grew(to: 10), .ended], .send(offset: 0, limit: 10)),
            // The server keeps whole lines only, or has more than we knew.
            ([.grew(to: 10), .answered(4)], .send(offset: 4, limit: 6)),
            ([.grew(to: 10), .answered(30)], .wait),
            ([.grew(to: 10), .answered(30), .grew(to: 40)], .send(offset: 30, limit: 10)),
            // A server from an older backup asks for what it had before.
            ([.grew(to: 10), .answered(10), .answered(2)], .send(offset: 2, limit: 8)),
            // A failure, and an answer that does not move us, are followed by a pause.
            ([.grew(to: 10), .failed], .retry),
            ([.grew(to: 10), .answered(0)], .retry),
            // Half a line is waited for, and left where it is at the end.
            ([.grew(to: 10), .noWholeLine], .wait),
            ([.grew(to: 10), .noWholeLine, .grew(to: 12)], .send(offset: 0, limit: 12)),
            ([.grew(to: 10), .noWholeLine, .ended], .finished),
            // A file does not shrink.
            ([.grew(to: 10), .grew(to: 4)], .send(offset: 0, limit: 10)),
        ] as [([Event], Action)])
    func table(_ events: [Event], _ action: Action) {
        var shipper = StreamShipper()
        events.forEach { shipper.handle($0) }
        #expect(shipper.next() == action)
    }

    @Test("a pause is taken once")
    func pausesOnce() {
        var shipper = StreamShipper()
        shipper.handle(.grew(to: 5))
        shipper.handle(.failed)
        #expect(shipper.next() == .retry)
        #expect(shipper.next() == .send(offset: 0, limit: 5))
    }

    /// A server that stores as the real one does, and whose answers get lost, and that is put back to an older state.
    private struct FakeServer {
        var bytes: [UInt8] = []
        let keepsLines: Bool

        mutating func put(_ piece: ArraySlice<UInt8>, at offset: Int64) -> StreamShipper.Event {
            guard offset <= bytes.count else { return .answered(Int64(bytes.count)) }
            let news = piece.dropFirst(bytes.count - Int(offset))
            let kept = keepsLines ? news.lastIndex(of: 0x0A).map { news[...$0] } ?? [] : news
            bytes += kept
            return .answered(Int64(bytes.count))
        }
    }

    @Test("whatever is cut, lost, repeated or restarted, every byte arrives once and in order", arguments: 0..<300)
    func survives(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let keepsLines = Bool.random(using: &random)
        var file: [UInt8] = []
        let total = Int.random(in: 0...5000, using: &random)
        let text = (0..<total).map { _ in UInt8.random(in: 0...20, using: &random) == 0 ? 0x0A as UInt8 : 0x61 }
        var server = FakeServer(keepsLines: keepsLines)
        var shipper = StreamShipper()
        var steps = 0
        loop: while true {
            steps += 1
            #expect(steps < 100_000, "it does not end")
            if steps >= 100_000 { break }
            if file.count < total, Int.random(in: 0..<3, using: &random) == 0 {
                file += text[file.count..<min(total, file.count + Int.random(in: 1...700, using: &random))]
            }
            if Int.random(in: 0..<40, using: &random) == 0 {
                // Killed: the next one knows some older position, or none.
                shipper = StreamShipper(confirmed: Int64.random(in: 0...shipper.confirmed, using: &random))
            }
            if Int.random(in: 0..<200, using: &random) == 0 {
                server.bytes = Array(server.bytes.prefix(Int.random(in: 0...total, using: &random)))
            }
            shipper.handle(.grew(to: Int64(file.count)))
            if file.count == total { shipper.handle(.ended) }
            switch shipper.next() {
            case .wait, .retry: continue
            case .finished: break loop
            case .send(let offset, let limit):
                var piece = file[Int(offset)..<min(file.count, Int(offset) + limit)]
                if keepsLines {
                    guard let newline = piece.lastIndex(of: 0x0A) else {
                        shipper.handle(.noWholeLine)
                        continue
                    }
                    piece = piece[...newline]
                }
                let answer = server.put(piece, at: offset)
                shipper.handle(Int.random(in: 0..<4, using: &random) == 0 ? .failed : answer)
            }
        }
        let whole = keepsLines ? Array(text.prefix((text.lastIndex(of: 0x0A) ?? -1) + 1)) : text
        // A server put back just before the end is asked again only by the next byte; so it may miss the end, and nothing else.
        #expect(whole.starts(with: server.bytes))
        #expect(shipper.confirmed >= Int64(server.bytes.count))
    }
}

/// The same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
