import API
import Hummingbird
import Platform

extension RouteTable {
    mutating func addLiveRoutes(_ platform: Platform) {
        on(Endpoints.addQuestion) { call in
            let record = try await platform.live.ask(
                try await call.json(), of: call.session, waitSeconds: call.waitSeconds(), by: call.identity)
            return try .json(record, status: .created)
        }
        on(Endpoints.getQuestion) { call in
            try .json(
                try await platform.live.question(call.question, of: call.session, waitSeconds: call.waitSeconds(), by: call.identity))
        }
        on(Endpoints.endQuestion) { call in
            try await platform.live.end(call.question, of: call.session, by: call.identity)
            return try .done()
        }
        on(Endpoints.listChanges) { call in
            try .json(
                try await platform.live.changes(
                    call.session, after: call.integer("after") ?? -1, limit: call.pageLimit(), for: call.identity))
        }
    }
}

extension Call {
    fileprivate var question: Int64 {
        get throws {
            let text = try parameter("question")
            guard let number = Int64(text) else { throw Failure.invalidValue("question", text, expected: "its number") }
            return number
        }
    }
}
