import API
import Foundation
import GRDB

/// Questions to `series.sqlite`.
extension Transaction {
    func metrics(session: Int64) throws -> [MetricSummary] {
        try all(
            """
            SELECT n.name, m.count, m.lastBits, m.lastStep, m.lastTime, m.minimum, m.minimumStep, m.maximum, m.maximumStep
            FROM metric m JOIN metricName n ON n.id = m.name WHERE m.session = ? ORDER BY n.name
            """, [session]
        ) { columns in
            MetricSummary(
                name: columns.text(), count: columns.integer(),
                last: MetricValue(Double(bitPattern: UInt64(bitPattern: columns.integer()))),
                lastStep: columns.integer(), lastTimeMilliseconds: columns.optionalInteger(),
                minimum: columns.optionalReal().map(MetricValue.init), minimumStep: columns.optionalInteger(),
                maximum: columns.optionalReal().map(MetricValue.init), maximumStep: columns.optionalInteger())
        }
    }

    func metricNames(prefix: String, session: Int64?, limit: Int) throws -> [String] {
        // U+10FFFF sorts after all that a name may go on with.
        let range: StatementArguments = ["from": prefix, "to": prefix + "\u{10FFFF}", "limit": limit]
        guard let session else {
            return try all("SELECT name FROM metricName WHERE name >= :from AND name < :to ORDER BY name LIMIT :limit", range) { $0.text() }
        }
        return try all(
            """
            SELECT n.name FROM metric m JOIN metricName n ON n.id = m.name
            WHERE m.session = :session AND n.name >= :from AND n.name < :to ORDER BY n.name LIMIT :limit
            """, range &+ ["session": session]
        ) { $0.text() }
    }

    func texts(session: Int64, after: Int64, limit: Int) throws -> [ReportedText] {
        try all(
            """
            SELECT t.id, n.name, t.step, t.time, t.text FROM text t JOIN metricName n ON n.id = t.name
            WHERE t.session = ? AND t.id > ? ORDER BY t.id LIMIT ?
            """, [session, after, limit]
        ) { columns in
            ReportedText(
                number: columns.integer(), name: columns.text(), step: columns.integer(), timeMilliseconds: columns.integer(),
                text: columns.text())
        }
    }

    /// What a series has between two steps: whole blocks unopened, and the points of those that reach beyond.
    func run(session: Int64, name: String, steps: ClosedRange<Int64>) throws -> SeriesRun {
        let pieces = try all(
            """
            SELECT id, count, lowStep, highStep, outline FROM block
            WHERE session = ? AND name = (SELECT id FROM metricName WHERE name = ?) AND highStep >= ? AND lowStep <= ? ORDER BY number
            """, [session, name, steps.lowerBound, steps.upperBound]
        ) { columns -> SeriesRun.Piece in
            let (id, count) = (columns.integer(), columns.integer())
            let (low, high) = (columns.integer(), columns.integer())
            guard steps.contains(low), steps.contains(high) else {
                return .points(try points(ofBlock: id).filter { steps.contains($0.step) })
            }
            return .block(id: id, count: count, outline: try BlockOutline(columns.blob()))
        }
        return SeriesRun(pieces: pieces)
    }

    func forEachPoint(ofBlock id: Int64, _ body: (SeriesPoint) -> Void) throws {
        let rows = try Row.fetchCursor(database.cachedStatement(sql: "SELECT bytes FROM block WHERE id = ?"), arguments: [id])
        guard let row = try rows.next() else { throw Failure.unreadableColumn("block") }
        // Reads SQLite's own bytes, without a copy.
        try row.withUnsafeData(atIndex: 0) { data in
            guard let data else { throw Failure.unreadableColumn("block") }
            try data.withUnsafeBytes { bytes in try BlockDecoder.forEachPoint(in: bytes, body) }
        }
    }

    func points(ofBlock id: Int64) throws -> [SeriesPoint] {
        var points: [SeriesPoint] = []
        points.reserveCapacity(BlockEncoder.maximumCount)
        try forEachPoint(ofBlock: id) { points.append($0) }
        return points
    }
}
