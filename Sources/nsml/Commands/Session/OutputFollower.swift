import API
import Client
import Foundation

/// Prints what a session says, from some place on, as long as more comes.
struct OutputFollower {
    enum Start: Sendable {
        case beginning
        case lastLines(Int)
        case since(Date)
    }

    /// How much is asked for at once.
    private static let pieceBytes = 1 << 20
    /// How long the server holds a question open when there is nothing new.
    private static let waitSeconds = 20.0

    let client: APIClient
    let session: SessionName
    /// Where it goes.
    var sink: OutputSink

    init(client: APIClient, session: SessionName, sink: OutputSink) {
        self.client = client
        self.session = session
        self.sink = sink
    }

    /// Prints from `start` on; with `follow` also what comes until the session is over.
    mutating func print(from start: Start = .beginning, follow: Bool) async throws {
        let times = sink.needsTimes
        var offset: Int64 = 0
        if let first = try await first(start) {
            try sink.take(first)
            offset = first.nextOffset
            if first.isEnd { return try sink.finish() }
        }
        while true {
            let piece = try await client.output(
                of: session, offset: offset, limit: Self.pieceBytes, waitSeconds: follow ? Self.waitSeconds : 0, times: times)
            try sink.take(piece)
            offset = piece.nextOffset
            if piece.isEnd || (!follow && piece.bytes.isEmpty) { return try sink.finish() }
        }
    }
    /// What has to be asked for in another way than by offset.
    private func first(_ start: Start) async throws -> OutputPiece? {
        switch start {
        case .beginning: nil
        case .lastLines(let lines): try await client.output(of: session, tailLines: lines, times: sink.needsTimes)
        case .since(let time): try await client.output(of: session, since: time, times: sink.needsTimes)
        }
    }
}
