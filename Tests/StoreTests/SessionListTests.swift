import API
import Foundation
import Store
import Testing

@Suite struct SessionListTests {
    private func names(_ store: Store, _ query: SessionQuery, viewer: Identity = identity(.alice)) async throws -> [String] {
        var query = query
        var names: [String] = []
        repeat {
            let asked = query
            let page = try await store.read { try $0.sessions(asked, viewer: viewer) }
            #expect(page.items.count <= query.limit)
            names += page.items.map(\.name.description)
            query.after = page.next
        } while query.after != nil
        return names
    }

    @Test("lists are newest first and hold what is asked for", arguments: [1, 2, 100])
    func filters(limit: Int) async throws {
        try await withStore { store in
            try await store.write { transaction in
                for number in 1...4 {
                    let id = try transaction.insertSession(sessionRow(.alice, number == 4 ? .none : .mnist)).id
                    if number == 2 { try transaction.setState(id: id, to: .stopped, at: time(1), actor: "x") }
                }
                _ = try transaction.insertSession(sessionRow(.bob, isPrivate: true))
            }
            #expect(try await names(store, SessionQuery(limit: limit)) == ["alice/None/1", "alice/mnist/3", "alice/mnist/1"])
            let all = ["alice/None/1", "alice/mnist/3", "alice/mnist/2", "alice/mnist/1"]
            #expect(try await names(store, SessionQuery(includeFinal: true, limit: limit)) == all)
            #expect(try await names(store, SessionQuery(includeFinal: true, limit: limit), viewer: identity(.bob)) == ["bob/mnist/1"] + all)
            #expect(try await names(store, SessionQuery(user: .bob, limit: limit), viewer: identity("root", .admin)) == ["bob/mnist/1"])
            #expect(try await names(store, SessionQuery(user: .bob, limit: limit)) == [])
            #expect(try await names(store, SessionQuery(dataset: DatasetName.none, limit: limit)) == ["alice/None/1"])
            #expect(try await names(store, SessionQuery(states: [.stopped, .failed], limit: limit)) == ["alice/mnist/2"])
            let pattern = SessionQuery(includeFinal: true, pattern: "alice/*/[1]", limit: limit)
            #expect(try await names(store, pattern) == [])
            #expect(
                try await names(store, SessionQuery(includeFinal: true, pattern: "*/mnist/?", limit: limit)) == [
                    "alice/mnist/3", "alice/mnist/2", "alice/mnist/1",
                ])
        }
    }

    @Test("sorted by a metric, the best comes first and those without it last", arguments: [1, 2, 3, 100])
    func ranking(limit: Int) async throws {
        try await withStore { store in
            let ids = try await store.write { transaction in try (0..<7).map { _ in try transaction.insertSession(sessionRow()).id } }
            let values: [[Double]] = [[3, 1], [], [2], [.nan], [1], [.infinity, 5], []]
            for (id, values) in zip(ids, values) {
                let reports = values.enumerated().map {
                    Report(step: Int64($0.offset), timeMilliseconds: 0, values: [("loss", $0.element)])
                }
                try await store.series.append(session: id, reports: reports, from: 0, to: 1)
            }
            func ranked(_ order: MetricOrder, _ metric: String = "loss") async throws -> [Int] {
                try await names(store, SessionQuery(sort: .metric(metric, order), limit: limit)).map {
                    Int($0.split(separator: "/")[2]) ?? 0
                }
            }
            #expect(try await ranked(.ascending) == [1, 5, 3, 6, 7, 4, 2])
            #expect(try await ranked(.descending) == [6, 1, 3, 5, 7, 4, 2])
            #expect(try await ranked(.descending, "unheard") == [7, 6, 5, 4, 3, 2, 1])
        }
    }

    @Test(
        "a filter finds what it says, alone and with others",
        arguments: [
            ("arg.lr:0.1", [1]), ("arg.lr:0.10", [1]), ("arg.lr<0.2", [1, 3]), ("arg.lr!=0.1", [2, 3]), ("-arg.lr:0.1", [2, 3, 4]),
            ("arg.fast:yes", [2]), ("arg.name:\"two words\"", [2]), ("metric.loss<0", [2]), ("metric.loss>=0", [1]), ("metric.loss:0", [1]),
            ("metric.loss>-5", [1, 2]), ("metric.loss<9", [1, 2]), ("metric.loss!=0", [2]), ("max.loss>=3", [1]), ("min.loss<1", [1, 2]),
            ("metric.none>0", []),
            ("state:stopped", [3]), ("-state:stopped", [1, 2, 4]), ("state:queued,stopped memo:even", [2, 4]), ("MEMO", [1, 3]),
            ("--lr", [1, 2, 3]),
            ("50%", []), ("age<1d arg.lr:0.5", [2]), ("age>2h", []), ("name:*/mnist/[1]", []), ("name:alice/*/1", [1]), ("user:bob", []),
            ("\"state:stopped\"", []), ("", [1, 2, 3, 4]),
        ])
    func conditions(text: String, expected: [Int]) async throws {
        try await withStore { store in
            let arguments = [["--lr", "0.1"], ["--lr=.5", "--name", "two words", "--fast"], ["--lr", "1e-1x", "--lr", "0.15"], []]
            let ids = try await store.write { transaction in
                try arguments.enumerated().map { index, arguments in
                    var row = sessionRow(.alice)
                    row.request.arguments = arguments
                    row.request.memo = index % 2 == 0 ? "a memo" : "even"
                    row.createdAt = Date()
                    let id = try transaction.insertSession(row).id
                    if index == 2 { try transaction.setState(id: id, to: .stopped, at: Date(), actor: "x") }
                    return id
                }
            }
            for (id, values) in zip(ids, [[3, -0.0], [-1, -2.5], [.nan]] as [[Double]]) {
                let reports = values.enumerated().map {
                    Report(step: Int64($0.offset), timeMilliseconds: 0, values: [("loss", $0.element)])
                }
                try await store.series.append(session: id, reports: reports, from: 0, to: 1)
            }
            let query = SessionQuery(includeFinal: true, filter: try SessionWhere(parsing: text), limit: 3)
            let found = try await names(store, query)
            #expect(found == expected.reversed().map { "alice/mnist/\($0)" })
        }
    }

    @Test("a cursor that is none is refused", arguments: ["x", "1:2:3", "zz:1", "-:a"])
    func cursors(after: String) async throws {
        try await withStore { store in
            for sort in [SessionQuery.Sort.created, .metric("loss", .ascending)] {
                let failure = await failure {
                    try await store.read { try $0.sessions(SessionQuery(sort: sort, after: after), viewer: identity(.alice)) }
                }
                #expect(failure?.code == .invalidValue)
            }
        }
    }
}
