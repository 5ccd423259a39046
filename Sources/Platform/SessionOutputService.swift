package import API
package import Foundation
package import Store

/// What sessions printed, for reading and for following.
package struct SessionOutputService: Sendable {
    /// One answer carries at most this much.
    package static let maximumPieceBytes = 1 << 20

    /// Where reading begins.
    package enum Start: Sendable {
        case offset(Int64)
        case lastLines(Int)
        case since(Date)
    }

    package struct Piece: Sendable {
        package var bytes: [UInt8]
        package var offset: Int64
        package var nextOffset: Int64
        /// There will be no more after this piece.
        package var isEnd: Bool
    }

    private let store: Store
    private let feed: Feed
    private let directory: DataDirectory
    private let attendance: Attendance

    package init(store: Store, feed: Feed, directory: DataDirectory, attendance: Attendance) {
        self.store = store
        self.feed = feed
        self.directory = directory
        self.attendance = attendance
    }

    /// Reads a piece; waits for more when there is none yet and the session can still print.
    package func read(_ name: SessionName, from start: Start, limit: Int, waitSeconds: Double, for identity: Identity) async throws -> Piece
    {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(waitSeconds)
        var offset: Int64?
        while true {
            let found = try await store.read { try $0.visibleSession(name, to: identity) }
            // With the question, not while it waits here: who asks may be gone by then. Who only looks in once does not stay.
            if offset == nil, waitSeconds > 0, found.interactive, Access.mayChange(found.record, identity) { attendance.seen(found.id) }
            let ticket = feed.ticket(for: found.id)
            let session = try await store.read { try $0.visibleSession(name, to: identity) }
            let end = try await store.series.offset(session: session.id, stream: .output)
            let log = OutputLog(directory: directory, session: session.id)
            let from = try min(end, offset ?? self.offset(of: start, in: log, end: end))
            offset = from
            let bytes = try log.read(from: from, limit: min(limit, Self.maximumPieceBytes), end: end)
            let next = from + Int64(bytes.count)
            let isOver = session.record.state.isFinal && next >= end
            let left = clock.now.duration(to: deadline) / .seconds(1)
            guard bytes.isEmpty, !isOver, left > 0, !feed.isClosed else {
                return Piece(bytes: bytes, offset: from, nextOffset: next, isEnd: isOver)
            }
            await feed.wait(for: session.id, after: ticket, seconds: left)
            try Task.checkCancellation()
        }
    }

    /// When each line of a piece arrived, in milliseconds since 1970: the time of the last mark at or before it.
    package func times(of piece: Piece, _ name: SessionName, for identity: Identity) async throws -> [(offset: Int64, milliseconds: Int64)]
    {
        let session = try await store.read { try $0.visibleSession(name, to: identity) }
        let marks = try OutputLog(directory: directory, session: session.id).marks()
        let first = marks.lastIndex { $0.offset <= piece.offset } ?? 0
        return Array(marks[min(first, marks.count)...].prefix { $0.offset < piece.nextOffset })
    }

    private func offset(of start: Start, in log: OutputLog, end: Int64) throws -> Int64 {
        switch start {
        case .offset(let offset): return max(0, offset)
        case .lastLines(let lines): return lines <= 0 ? end : try log.offset(ofLastLines: lines, end: end)
        case .since(let date): return try log.offset(since: date) ?? end
        }
    }
}
