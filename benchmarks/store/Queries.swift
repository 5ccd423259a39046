import API
import Foundation
import GRDB
import Logging
import Store

/// A million points of one series, drawn on 1,500.
func measureReading(in parent: URL, _ table: Table) async throws {
    let directory = try directory("read", in: parent)
    let store = try Store(directory: directory, logger: Logger(label: "benchmark"))
    var workload = Workload(seed: 5)
    let count = 1_000_000
    for start in stride(from: 0, to: count, by: 10_000) {
        let reports = (0..<10_000).map { _ in
            let report = workload.report()
            return Report(step: report.step, timeMilliseconds: report.timeMilliseconds, values: [report.values[0]])
        }
        try await store.series.append(session: 1, reports: reports, from: Int64(start), to: Int64(start + 10_000))
    }
    for (what, last, points) in [("all", Int64.max, 1_500), ("half of it", 5_000_000, 1_500), ("a hundredth", 100_000, 1_500)] {
        var kept = 0
        let duration = try await Cost.median(of: 15) {
            kept = try await store.series.points(session: 1, name: "train/loss", toStep: last, limit: points).steps.count
        }
        table.time("of 1,000,000 points, \(what), for \(points)", duration, "\(kept) points came")
    }
    let raw = try await Cost.median(of: 15) {
        _ = try await store.series.points(session: 1, name: "train/loss", limit: 100_000).steps.count
    }
    table.time("the same, all blocks opened, for 100,000", raw)
    try store.close()
    let queue = try DatabaseQueue(path: directory.appending(path: "series.sqlite").path)
    var bytes = 0
    let reading = try await Cost.median(of: 15) {
        bytes = try await queue.read { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT bytes FROM block ORDER BY session, name, number")
            var total = 0
            // SQLite gathers a blob's pages when it is asked for.
            while let row = try rows.next() { total += try row.withUnsafeData(atIndex: 0) { $0?.count ?? 0 } }
            return total
        }
    }
    table.time("beside: reading the bytes of its blocks", reading, "\(bytes) bytes")
    try queue.close()
}

/// Ten thousand sessions, listed.
func measureLists(in parent: URL, _ table: Table) async throws {
    let store = try Store(directory: try directory("list", in: parent), logger: Logger(label: "benchmark"))
    let viewer = Identity(user: UserName(unchecked: "user0"), role: .user)
    try await makeSessions(10_000, in: store)
    let queries: [(String, SessionQuery)] = [
        ("newest 20", SessionQuery(includeFinal: true, limit: 20)),
        ("newest 100 of one user", SessionQuery(user: viewer.user, includeFinal: true, limit: 100)),
        ("running ones", SessionQuery(limit: 100)),
        ("best 20 by a metric", SessionQuery(includeFinal: true, sort: .metric("train/loss", .ascending), limit: 20)),
        ("best 100 by a metric, descending", SessionQuery(includeFinal: true, sort: .metric("train/accuracy", .descending), limit: 100)),
        (
            "best 20 of one user by a metric",
            SessionQuery(user: viewer.user, includeFinal: true, sort: .metric("train/loss", .ascending), limit: 20)
        ),
        ("20 by a metric that one session has", SessionQuery(includeFinal: true, sort: .metric("rare", .ascending), limit: 20)),
        ("by a pattern that fits one", SessionQuery(includeFinal: true, pattern: "*/mnist/777", limit: 20)),
    ]
    for (what, query) in queries {
        var count = 0
        let duration = try await Cost.median(of: 15) {
            count = try await store.read { try $0.sessions(query, viewer: viewer) }.items.count
        }
        table.time("of 10,000 sessions: \(what)", duration, "\(count) came")
    }
    var count = 0
    let all = try await Cost.measure {
        var query = SessionQuery(includeFinal: true, sort: .metric("train/loss", .ascending), limit: 1_000)
        repeat {
            let asked = query
            let page = try await store.read { try $0.sessions(asked, viewer: viewer) }
            count += page.items.count
            query.after = page.next
        } while query.after != nil
    }
    table.time("of 10,000 sessions: all, by a metric, 1,000 a page", all, "\(count) came")
    try store.close()
}

private func makeSessions(_ count: Int, in store: Store) async throws {
    let users = (0..<10).map { UserName(unchecked: "user\($0)") }
    let dataset = DatasetName(unchecked: "mnist")
    let resources = Resources(gpus: 1, cpus: 2, memoryBytes: 1 << 30, sharedMemoryBytes: 1 << 30)
    guard let workspace = Digest(bytes: [UInt8](repeating: 1, count: 32)) else { return }
    try await store.write { transaction in
        for user in users { try transaction.insertUser(UserRecord(name: user, role: .user, createdAt: Date())) }
        for number in 0..<count {
            let datasets = [DatasetReference(name: dataset, version: 1)]
            let request = NewSession(
                workspace: nil, entry: "main.py", arguments: ["--lr", "\(Double(number) * 1e-5)"], datasets: datasets, resources: resources)
            let id = try transaction.insertSession(
                NewSessionRow(
                    user: users[number % 10], dataset: dataset, request: request, workspace: workspace, datasets: datasets,
                    resources: resources, keep: nil, createdAt: Date())
            ).id
            try transaction.setSummary(
                id: id, summary: ["train/loss": MetricValue(Double(number)), "train/accuracy": MetricValue(0.5)], step: 100)
            if number % 200 != 0 { try transaction.setState(id: id, to: .stopped, at: Date(), actor: "benchmark") }
        }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        for session in 1...Int64(count) {
            group.addTask {
                var workload = Workload(seed: UInt64(session))
                var report = workload.report()
                if session == 777 { report.values.append(("rare", 1)) }
                try await store.series.append(session: session, reports: [report], from: 0, to: 1)
            }
            if session % 1_000 == 0 { try await group.waitForAll() }
        }
    }
}

/// A workspace of 50,000 files, as content.
func measureContent(in parent: URL, _ table: Table) async throws {
    let store = try Store(directory: try directory("content", in: parent), logger: Logger(label: "benchmark"))
    let user = UserName(unchecked: "alice")
    try await store.write { try $0.insertUser(UserRecord(name: user, role: .user, createdAt: Date())) }
    var generator = SystemRandomNumberGenerator()
    let digests = (0..<50_000).compactMap { _ in
        Digest(bytes: (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } })
    }
    let add = try await Cost.measure {
        try await store.write { try $0.addContent(digests.map { ($0, 1_000) }, holder: user, at: Date()) }
    }
    table.time("50,000 pieces of content: noted", add)
    let held = try await Cost.median(of: 5) { _ = try await store.read { try $0.heldContent(digests, by: user) } }
    table.time("50,000 pieces of content: which are held", held)
    let publish = try await Cost.measure { try await store.write { try $0.publishContent(digests) } }
    table.time("50,000 pieces of content: made public", publish)
    try store.close()
}
