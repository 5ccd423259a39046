package import API
import CSQLite
import Foundation
import GRDB
import Logging

/// The numbers that sessions report, in blocks, and how far each stream of a session is stored.
///
/// Points and the offset behind them are stored in one transaction. So what is sent again after a lost answer is refused with the offset
/// to go on from, and no point is lost or doubled.
package final class SeriesStore: Sendable {
    /// What a chart asks for at most.
    static let maximumPoints = 100_000

    private let pool: DatabasePool
    let commits: GroupCommit
    private let cache: TailCache

    init(url: URL, logger: Logger, diskFailed: @escaping @Sendable () -> Void = {}) throws {
        // Blocks have 4 to 8 kB: pages of this size hold them with few overflow pages.
        let (pool, damage) = try DatabaseFile.open(url, migrations: Migration.series, pageBytes: 8192, logger: logger)
        let cache = TailCache()
        commits = GroupCommit(pool, logger: logger, diskFailed: diskFailed) { cache.removeAll() }
        if let damage { commits.stop(because: .damage(damage)) }
        self.pool = pool
        self.cache = cache
    }

    /// Stores what a piece of the journal reports, and that the journal is stored up to byte `to`.
    ///
    /// `from` must be where it was stored up to; otherwise nothing is written, and `offset_gap` says where that is. The caller cuts off
    /// what overlaps. Names and texts beyond a session's limits are passed over.
    ///
    /// `restarts` are the indices of the reports before which the session went on from a checkpoint: see `SessionTails.restart`.
    package func append(session: Int64, reports: [Report], restarts: [Int] = [], from: Int64, to: Int64) async throws {
        let weight = reports.reduce(1) { $0 + $1.values.count + $1.texts.count }
        let cache = cache
        try await commits.submit(weight: weight) { database in
            let transaction = Transaction(database: database)
            // Not put back when something throws: then the database knows better.
            var tails = try cache.take(session) ?? SessionTails(session: session, from: transaction)
            guard tails.offset == from, from <= to else {
                defer { cache.put(tails) }
                throw Failure.offsetGap(wanted: tails.offset, got: from)
            }
            for (index, report) in reports.enumerated() {
                if restarts.contains(index) { try tails.restart(in: transaction) }
                try tails.add(report, to: transaction)
            }
            if restarts.contains(reports.count) { try tails.restart(in: transaction) }
            try tails.write(to: transaction)
            try Self.writeOffset(session, .journal, to, in: transaction)
            tails.offset = to
            cache.put(tails)
        }
    }

    /// What a session uses is kept like what it reports, apart from that, under a number that no session has.
    private static func usageKey(_ session: Int64) -> Int64 { -session }

    /// The same for a piece of the stream `usage`.
    package func appendUsage(session: Int64, reports: [Report], from: Int64, to: Int64) async throws {
        try await append(session: Self.usageKey(session), reports: reports, from: from, to: to)
    }

    /// What the session used, each figure thinned to about `points` points.
    package func usage(session: Int64, limit points: Int) async throws -> [SeriesColumns] {
        let key = Self.usageKey(session)
        let limit = max(4, min(points, Self.maximumPoints))
        return try await read { transaction in
            try transaction.metrics(session: key).map { metric in
                let run = try transaction.run(session: key, name: metric.name, steps: .min ... .max)
                return SeriesColumns(name: metric.name, totalCount: run.count, points: try run.thinned(to: limit, from: transaction))
            }
        }
    }

    /// How far a stream is stored, in bytes; 0 for what was never heard of.
    package func offset(session: Int64, stream: SessionStream) async throws -> Int64 {
        try await read { transaction in
            stream == .usage
                ? try Self.offset(Self.usageKey(session), .journal, in: transaction) : try Self.offset(session, stream, in: transaction)
        }
    }

    /// Notes that a stream is stored up to `to`; `from` must be where it was stored up to, else it throws `offset_gap`.
    package func setOffset(session: Int64, stream: SessionStream, from: Int64, to: Int64) async throws {
        let cache = cache
        try await commits.submit { database in
            let transaction = Transaction(database: database)
            if stream == .journal { _ = cache.take(session) }
            let stored = try Self.offset(session, stream, in: transaction)
            guard stored == from, from <= to else { throw Failure.offsetGap(wanted: stored, got: from) }
            try Self.writeOffset(session, stream, to, in: transaction)
        }
    }

    /// Forgets all of a session.
    package func remove(session: Int64) async throws {
        let cache = cache
        try await commits.submit { database in
            let transaction = Transaction(database: database)
            for key in [session, Self.usageKey(session)] {
                _ = cache.take(key)
                for table in ["block", "metric", "text", "stream"] {
                    try transaction.execute("DELETE FROM \(table) WHERE session = ?", [key])
                }
            }
        }
    }

    /// The sessions of which anything is kept.
    package func sessions() async throws -> [Int64] {
        try await read { transaction in
            try transaction.all("SELECT abs(session) FROM stream UNION SELECT abs(session) FROM metric ORDER BY 1") { columns in
                columns.integer()
            }
        }
    }

    /// The metrics of a session by name.
    package func metrics(session: Int64) async throws -> [MetricSummary] {
        try await read { transaction in try transaction.metrics(session: session) }
    }

    /// Names of metrics that begin with `prefix`, of one session or of all, in their order.
    package func metricNames(prefix: String = "", session: Int64? = nil, limit: Int) async throws -> [String] {
        try await read { transaction in try transaction.metricNames(prefix: prefix, session: session, limit: limit) }
    }

    /// Texts that a session reported, in the order of the reports.
    package func texts(session: Int64, after: Int64 = 0, limit: Int) async throws -> [ReportedText] {
        try await read { transaction in try transaction.texts(session: session, after: after, limit: limit) }
    }

    /// A series between two steps, both included, thinned to about `points` points.
    ///
    /// When the range holds more, it is cut into buckets of consecutive points, and of each the smallest and the largest finite value are
    /// kept, and the first that is not finite; and the first and the last point of all. The order is that of the reports. A name that the
    /// session never reported gives an empty series.
    package func points(session: Int64, name: String, fromStep: Int64? = nil, toStep: Int64? = nil, limit points: Int) async throws
        -> SeriesColumns
    {
        let limit = max(4, min(points, Self.maximumPoints))
        return try await read { transaction in
            let run = try transaction.run(session: session, name: name, steps: (fromStep ?? .min)...max(fromStep ?? .min, toStep ?? .max))
            return SeriesColumns(name: name, totalCount: run.count, points: try run.thinned(to: limit, from: transaction))
        }
    }

    /// All points of a series, in the order of the reports.
    func allPoints(session: Int64, name: String) async throws -> [SeriesPoint] {
        try await read { transaction in
            let run = try transaction.run(session: session, name: name, steps: Int64.min...Int64.max)
            return try run.thinned(to: .max, from: transaction)
        }
    }

    func close() throws {
        commits.close()
        try DatabaseFile.close(pool)
    }

    func truncateLog() async throws {
        try await pool.writeWithoutTransaction { database in _ = try database.checkpoint(.passive) }
    }

    func check() async throws -> [String] {
        try await pool.read(Store.integrityFindings)
    }

    private func read<T: Sendable>(_ body: @Sendable @escaping (Transaction) throws -> T) async throws -> T {
        do {
            return try await pool.read { database in
                nsml_sqlite_deadline(DatabaseFile.queryMilliseconds)
                defer { nsml_sqlite_deadline(0) }
                return try body(Transaction(database: database))
            }
        } catch {
            throw Failure.translating(error)
        }
    }

    /// Runs a statement on the writer: for tests that break things.
    func execute(_ sql: String) async throws {
        try await commits.submit { database in try database.execute(sql: sql) }
    }

    private static func offset(_ session: Int64, _ stream: SessionStream, in transaction: Transaction) throws -> Int64 {
        try transaction.integer("SELECT offset FROM stream WHERE session = ? AND stream = ?", [session, stream.rawValue]) ?? 0
    }

    private static func writeOffset(_ session: Int64, _ stream: SessionStream, _ offset: Int64, in transaction: Transaction) throws {
        try transaction.execute(
            "INSERT INTO stream (session, stream, offset) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset",
            [session, stream.rawValue, offset])
    }
}

extension Failure {
    static func offsetGap(wanted: Int64, got: Int64) -> Failure {
        Failure(.offsetGap, "the stream is stored up to byte \(wanted), not \(got)", hint: "send it from there", offset: wanted)
    }
}
