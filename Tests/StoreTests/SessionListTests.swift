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
