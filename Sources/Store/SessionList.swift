package import API
import GRDB

/// Lists of sessions, paged by index: a page costs what it shows, not what there is.
///
/// A cursor is `ID` in the order of creation; sorted by a metric it is `BITS:ID` (the bits of the best value, hexadecimal) among the
/// sessions that have the metric, and `-:ID` among those after them that do not.
extension Transaction {
    /// The sessions that `viewer` may see and the query asks for, newest first or best first.
    ///
    /// Sorting by a metric needs the series beside, so it works in a read only.
    package func sessions(_ query: SessionQuery, viewer: Identity) throws -> Page<SessionRecord> {
        let filter = try SessionFilter(query, viewer: viewer)
        switch query.sort {
        case .created:
            let after = try query.after.map { try Self.sessionCursor($0, of: $0[...]) }
            return Self.page(try newest(filter, before: after, limit: query.limit + 1), query.limit) { "\($0.id)" }
        case .metric(let name, let order):
            return try sessions(filter, by: name, order, query)
        }
    }

    private func sessions(_ filter: SessionFilter, by metric: String, _ order: MetricOrder, _ query: SessionQuery) throws
        -> Page<SessionRecord>
    {
        let metricId = try integer("SELECT id FROM series.metricName WHERE name = ?", [metric]) ?? -1
        let cursor = try query.after.map(Self.metricCursor)
        var ranked: [(session: StoredSession, best: Double)] = []
        if cursor == nil || cursor?.best != nil {
            ranked = try best(filter, metric: metricId, order, after: cursor, limit: query.limit + 1)
        }
        var rest: [StoredSession] = []
        if ranked.count <= query.limit {
            let before = cursor?.best == nil ? cursor?.id : nil
            rest = try newest(filter, before: before, without: (metricId, order), limit: query.limit + 1 - ranked.count)
        }
        let entries =
            ranked.map { ($0.session, "\(String($0.best.bitPattern, radix: 16)):\($0.session.id)") } + rest.map { ($0, "-:\($0.id)") }
        guard entries.count > query.limit else { return Page(items: entries.map(\.0.record)) }
        return Page(items: entries.prefix(query.limit).map(\.0.record), next: entries.prefix(query.limit).last?.1)
    }

    private func newest(_ filter: SessionFilter, before: Int64?, without metric: (id: Int64, order: MetricOrder)? = nil, limit: Int) throws
        -> [StoredSession]
    {
        var filter = filter
        if let before { filter.add("s.id < :before", ["before": before]) }
        if let metric {
            filter.add(
                """
                NOT EXISTS (SELECT 1 FROM series.metric m
                    WHERE m.session = s.id AND m.name = :metric AND m.\(Self.column(metric.order)) IS NOT NULL)
                """, ["metric": metric.id])
        }
        filter.arguments += ["limit": limit]
        return try all(
            "SELECT \(StoredSession.columns) FROM session s WHERE \(filter.condition) ORDER BY s.id DESC LIMIT :limit", filter.arguments,
            StoredSession.decode)
    }

    private func best(_ filter: SessionFilter, metric: Int64, _ order: MetricOrder, after: (best: Double?, id: Int64)?, limit: Int) throws
        -> [(session: StoredSession, best: Double)]
    {
        var filter = filter
        let column = Self.column(order)
        if let after, let best = after.best {
            filter.add("(m.\(column), m.session) \(order == .ascending ? ">" : "<") (:best, :id)", ["best": best, "id": after.id])
        }
        filter.arguments += ["metric": metric, "limit": limit]
        let direction = order == .ascending ? "ASC" : "DESC"
        // CROSS JOIN: the index of the metric gives the order, so that only the page's rows are looked at.
        return try all(
            """
            SELECT \(StoredSession.columns), m.\(column) FROM series.metric m CROSS JOIN session s ON s.id = m.session
            WHERE m.name = :metric AND m.\(column) IS NOT NULL AND \(filter.condition)
            ORDER BY m.\(column) \(direction), m.session \(direction) LIMIT :limit
            """, filter.arguments
        ) { columns in (try StoredSession.decode(&columns), columns.real()) }
    }

    /// What is best in this order.
    private static func column(_ order: MetricOrder) -> String { order == .ascending ? "minimum" : "maximum" }

    private static func page(_ found: [StoredSession], _ limit: Int, _ cursor: (StoredSession) -> String) -> Page<SessionRecord> {
        guard found.count > limit else { return Page(items: found.map(\.record)) }
        return Page(items: found.prefix(limit).map(\.record), next: found.prefix(limit).last.map(cursor))
    }

    private static func sessionCursor(_ whole: String, of text: Substring) throws -> Int64 {
        guard let id = Int64(text) else { throw Failure.invalidValue("after", whole, expected: "'next' of the page before") }
        return id
    }

    private static func metricCursor(_ text: String) throws -> (best: Double?, id: Int64) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Failure.invalidValue("after", text, expected: "'next' of the page before") }
        let id = try sessionCursor(text, of: parts[1])
        if parts[0] == "-" { return (nil, id) }
        guard let bits = UInt64(parts[0], radix: 16) else {
            throw Failure.invalidValue("after", text, expected: "'next' of the page before")
        }
        return (Double(bitPattern: bits), id)
    }
}

/// The conditions of a list, and what is bound to them. All words in it are ours; what users wrote is only ever bound.
struct SessionFilter {
    private(set) var condition: String
    var arguments: StatementArguments

    init(_ query: SessionQuery, viewer: Identity) throws {
        condition = "s.removedAt IS NULL"
        arguments = []
        if viewer.role != .admin { add("(NOT s.isPrivate OR s.user = :viewer)", ["viewer": viewer.user.rawValue]) }
        if let user = query.user { add("s.user = :user", ["user": user.rawValue]) }
        if let dataset = query.dataset { add("s.dataset = :dataset", ["dataset": dataset.rawValue]) }
        if let pattern = query.pattern { add("s.name GLOB :pattern", ["pattern": try globColumn(pattern)]) }
        if !query.states.isEmpty {
            add("s.state IN (\(Set(query.states).map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))", [])
        } else if !query.includeFinal, query.filter?.namesStates != true {
            add("s.state IN ('queued', 'preparing', 'running', 'paused')", [])
        }
        if let filter = query.filter {
            let conditions = try SessionConditions(filter)
            for condition in conditions.conditions { add(condition, []) }
            arguments += conditions.arguments
        }
    }

    mutating func add(_ condition: String, _ arguments: StatementArguments) {
        self.condition += " AND \(condition)"
        self.arguments += arguments
    }
}
