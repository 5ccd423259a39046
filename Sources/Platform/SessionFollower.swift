import API
import Foundation
import Store

/// Where one listener of a session stands, and what it is told next. It begins where the listener says, so that one who lost the
/// connection goes on without a gap.
package actor SessionFollower {
    private let name: SessionName
    private let identity: Identity
    private let store: Store
    private let feed: Feed
    private let directory: DataDirectory
    private let place: Listeners.Place
    private let end = ContinuousClock.now + LiveLimits.maximumDuration

    private var offset: Int64?
    private var record: Data?
    private var metrics: [String: MetricSummary] = [:]
    private var lastMedia: Int64 = 0
    private var lastUsage: Int64 = 0
    private var waiting: (session: Int64, ticket: Feed.Ticket)?
    private var isOver = false

    init(
        name: SessionName, identity: Identity, offset: Int64?, store: Store, feed: Feed, directory: DataDirectory, place: Listeners.Place
    ) {
        self.name = name
        self.identity = identity
        self.offset = offset
        self.store = store
        self.feed = feed
        self.directory = directory
        self.place = place
    }

    /// What to tell next, as soon as there is something; nil when it is over. Throws `not_found` once the session is removed.
    package func next() async throws -> [LiveEvent]? {
        guard !isOver, ContinuousClock.now < end, !feed.isClosed else { return nil }
        if let waiting {
            await feed.wait(for: waiting.session, after: waiting.ticket, seconds: LiveLimits.beatSeconds)
            try await Task.sleep(for: LiveLimits.gathering)
        }
        let (name, identity) = (name, identity)
        let id = try await store.read { try $0.visibleSession(name, to: identity).id }
        let ticket = feed.ticket(for: id)
        // Looked at after the ticket: what happens from here on wakes us.
        let session = try await store.read { try $0.visibleSession(name, to: identity) }
        waiting = (id, ticket)
        var events: [LiveEvent] = []
        let encoded = try Wire.encoder().encode(session.record)
        if encoded != record {
            record = encoded
            events.append(.session(session.record))
        }
        let found = try await store.series.metrics(session: id)
        let fresh = found.filter { metrics[$0.name] != $0 }
        if !fresh.isEmpty { events.append(.metrics(fresh)) }
        for metric in fresh { metrics[metric.name] = metric }
        let newest = try await store.read { try $0.lastMedia(session: id) }
        if newest != lastMedia {
            lastMedia = newest
            events.append(.media(newest))
        }
        let used = try await store.series.offset(session: id, stream: .usage)
        if used != lastUsage {
            lastUsage = used
            events.append(.usage(used))
        }
        let printed = try await store.series.offset(session: id, stream: .output)
        if let from = offset, from < printed {
            let piece = try read(id, from: from, end: printed, isOver: session.record.state.isFinal)
            if piece.nextOffset > from {
                offset = piece.nextOffset
                events.append(.output(piece))
                // There may be more: asked for again without waiting.
                if piece.nextOffset < printed {
                    waiting = nil
                    return events
                }
            }
        }
        if session.record.state.isFinal {
            isOver = true
            events.append(.end)
        }
        return events.isEmpty ? [.beat] : events
    }

    private func read(_ session: Int64, from offset: Int64, end: Int64, isOver: Bool) throws -> OutputText {
        let log = OutputLog(directory: directory, session: session)
        var bytes = try log.read(from: offset, limit: LiveLimits.pieceBytes, end: end)
        // A character that is not whole yet waits for its rest, unless there will be none.
        let isLast = isOver && offset + Int64(bytes.count) >= end
        let whole = Self.wholeCharacters(bytes)
        if !isLast, whole < bytes.count { bytes.removeSubrange(whole...) }
        return OutputText(offset: offset, nextOffset: offset + Int64(bytes.count), text: String(decoding: bytes, as: UTF8.self))
    }

    /// How many of the bytes lie before a last character of UTF-8 that is cut off.
    static func wholeCharacters(_ bytes: [UInt8]) -> Int {
        let limit = max(0, bytes.count - 4)
        guard let start = bytes.indices.last(where: { bytes[$0] & 0xC0 != 0x80 }), start >= limit else { return bytes.count }
        let length =
            switch bytes[start] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        return start + length > bytes.count ? start : bytes.count
    }
}
