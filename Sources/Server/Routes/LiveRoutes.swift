import API
import Foundation
import HTTPTypes
import Hummingbird
import Platform

/// What happens, as server-sent events. A browser that comes again says by `Last-Event-ID` how far it has read.
extension RouteTable {
    mutating func addLiveRoutes(_ platform: Platform) {
        on(Endpoints.liveSession) { call in
            let last = call.request.headers[.lastEventId].flatMap(Wire.integer)
            let asked = try call.integer("output")
            let follower = try await platform.live.session(
                call.session, outputFrom: asked == nil ? nil : last ?? asked, for: call.identity)
            return try call.events(platform) { try await follower.next() }
        }
        on(Endpoints.changes) { call in
            let follower = try platform.live.all()
            return try call.events(platform) { try await follower.next() }
        }
    }
}

extension Call {
    /// The stream ends at once when the caller's token is taken away.
    fileprivate func events(_ platform: Platform, _ next: @escaping @Sendable () async throws -> [LiveEvent]?) throws -> Response {
        guard let grant else { throw Failure.notLoggedIn() }
        return .events { try await platform.users.unlessRevoked(grant, next) }
    }
}

extension Response {
    fileprivate static func events(_ next: @escaping @Sendable () async throws -> [LiveEvent]?) -> Response {
        let body = ResponseBody { writer in
            do {
                // Proxies and browsers that hold back the first bytes get some; and how soon to come again.
                try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                while let events = try await next() {
                    for event in events { try await writer.write(ByteBuffer(string: try event.text())) }
                }
            } catch is Failure {
                // It was removed, is private now, or the token is gone: the stream ends, and whoever asks again is told why.
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }
}

extension LiveEvent {
    /// As it travels. JSON has no line breaks of its own, so one `data` line is enough.
    fileprivate func text() throws -> String {
        switch self {
        case .session(let record): "event: session\ndata: \(try Self.json(record))\n\n"
        case .metrics(let metrics): "event: metrics\ndata: \(try Self.json(metrics))\n\n"
        case .output(let piece): "id: \(piece.nextOffset)\nevent: output\ndata: \(try Self.json(piece))\n\n"
        case .media(let newest): "event: media\ndata: {\"newest\":\(newest)}\n\n"
        case .usage(let offset): "event: usage\ndata: {\"offset\":\(offset)}\n\n"
        case .changed: "event: changed\ndata: {}\n\n"
        case .end: "event: end\ndata: {}\n\n"
        case .beat: ": \n\n"
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try Wire.encoder().encode(value), as: UTF8.self)
    }
}

extension HTTPField.Name {
    // The name is a literal of the grammar of field names: the fallback is never taken.
    fileprivate static let lastEventId = HTTPField.Name("Last-Event-ID") ?? .eTag
}
