import API
import Platform

extension RouteTable {
    mutating func addMediaRoutes(_ platform: Platform) {
        on(Endpoints.listMedia) { call in
            let limit = try call.integer("limit") ?? 1000
            guard (1...1000).contains(limit) else { throw Failure.invalidValue("limit", "\(limit)", expected: "1 to 1000") }
            return try .json(
                try await platform.media.list(
                    call.session, named: call.text("name"), after: call.integer("after") ?? 0, limit: Int(limit), for: call.identity))
        }
        on(Endpoints.mediaContent) { call in
            guard let number = try call.integer("number") else { throw Failure(.invalidRequest, "the query lacks 'number'") }
            let found = try await platform.media.content(call.session, number: number, for: call.identity)
            return .bytes(found.bytes, type: found.type)
        }
    }
}
