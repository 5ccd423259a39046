import API
import Hummingbird
import Platform

extension RouteTable {
    mutating func addQuestionRoutes(_ platform: Platform) {
        on(Endpoints.addQuestion) { call in
            let (question, session): (NewQuestion, SessionName) = (try await call.json(), try call.session)
            call.concerns(QuestionService.audited(question, of: session))
            let record = try await platform.questions.ask(
                question, of: session, waitSeconds: call.waitSeconds(), by: call.identity, from: call.context.remoteAddress)
            return try .json(record, status: .created)
        }
        on(Endpoints.getQuestion) { call in
            try .json(
                try await platform.questions.question(call.question, of: call.session, waitSeconds: call.waitSeconds(), by: call.identity))
        }
        on(Endpoints.endQuestion) { call in
            try await platform.questions.end(call.question, of: call.session, by: call.identity)
            return try .done()
        }
        on(Endpoints.listChanges) { call in
            try .json(
                try await platform.questions.changes(
                    call.session, after: call.integer("after") ?? -1, limit: call.pageLimit(), for: call.identity))
        }
    }
}

extension Call {
    fileprivate var question: Int64 { get throws { try number("question") } }
}
