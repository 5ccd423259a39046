import API
import Client

/// Prints what a session says, from some place on, as long as more comes.
struct OutputFollower {
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

    /// Prints the last `tailLines` lines, or all; with `follow` also what comes until the session is over.
    mutating func print(tailLines: Int? = nil, follow: Bool) async throws {
        var offset: Int64 = 0
        if let tailLines {
            let piece = try await client.output(of: session, tailLines: tailLines)
            try sink.take(piece.bytes)
            offset = piece.nextOffset
            if piece.isEnd { return try sink.finish() }
        }
        while true {
            let piece = try await client.output(
                of: session, offset: offset, limit: Self.pieceBytes, waitSeconds: follow ? Self.waitSeconds : 0)
            try sink.take(piece.bytes)
            offset = piece.nextOffset
            if piece.isEnd || (!follow && piece.bytes.isEmpty) { return try sink.finish() }
        }
    }
}
