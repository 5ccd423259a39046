import Foundation
import GRDB
import Logging
import Platform
import Store

private let sessions = 8
private let reportsPerPiece = 500
private let piecesPerSession = 120

func measureCodec(_ table: Table) async throws {
    var workload = Workload(seed: 99)
    let text = (0..<20_000).map { _ in workload.line() }.joined()
    let bytes = Array(text.utf8)
    var count = 0
    let duration = await Cost.median(of: 5) { count = JournalReader.read(bytes).reports.count }
    table.rate("read a journal, one core", count * 4, "points", duration, "\(bytes.count / count) bytes a report of 4 values")
}

/// Journals of eight sessions, read, stored and acknowledged; beside them rows put into a plain table.
func measureIngest(in parent: URL, _ table: Table) async throws {
    let points = sessions * piecesPerSession * reportsPerPiece * 4
    let journals = (1...sessions).map { session in
        var workload = Workload(seed: UInt64(session))
        return (0..<piecesPerSession).map { _ in Array((0..<reportsPerPiece).map { _ in workload.line() }.joined().utf8) }
    }
    let directory = try directory("ingest", in: parent)
    let store = try Store(directory: directory, logger: Logger(label: "benchmark"))
    let ingest = try await Cost.measure {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, journal) in journals.enumerated() {
                group.addTask {
                    var offset: Int64 = 0
                    for piece in journal {
                        let chunk = JournalReader.read(piece)
                        let next = offset + Int64(chunk.consumedBytes)
                        try await store.series.append(session: Int64(index + 1), reports: chunk.reports, from: offset, to: next)
                        offset = next
                    }
                }
            }
            try await group.waitForAll()
        }
    }
    table.rate("ingest, 8 sessions, 4 values a report, durable", points, "points", ingest, "\(points) points, 500 reports a piece")
    try await measureSmallAppends(store, table)
    try store.close()
    let bytes = try fileBytes(directory.appending(path: "series.sqlite"))
    table.row("on disk, the whole file", String(format: "%.2f bytes", Double(bytes) / Double(points)), "", "a point")
    try await measureRawRows(in: parent, table)
}

private func measureSmallAppends(_ store: Store, _ table: Table) async throws {
    let appends = 200
    let duration = try await Cost.measure {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for session in 1...sessions {
                group.addTask {
                    var workload = Workload(seed: UInt64(session + 100))
                    for offset in 0..<Int64(appends) {
                        try await store.series.append(
                            session: Int64(session + 100), reports: [workload.report()], from: offset, to: offset + 1)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
    table.rate("single reports, 8 sessions waiting for each", appends * sessions, "reports", duration, "group commit")
}

/// What SQLite does for the same guarantee with one row a point and 1,000 rows a commit.
private func measureRawRows(in parent: URL, _ table: Table) async throws {
    let rows = 400_000
    let path = parent.appending(path: "raw.sqlite").path
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { database in
        try database.execute(
            sql: """
                PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                CREATE TABLE point (session INTEGER, series INTEGER, number INTEGER, step INTEGER, time INTEGER, value REAL,
                    PRIMARY KEY (session, series, number)) WITHOUT ROWID;
                """)
    }
    var workload = Workload(seed: 1)
    let reports = (0..<rows / 4).map { _ in workload.report() }
    let duration = try await Cost.measure {
        for start in stride(from: 0, to: reports.count, by: 250) {
            try await queue.write { database in
                let statement = try database.cachedStatement(sql: "INSERT INTO point VALUES (?, ?, ?, ?, ?, ?)")
                for (number, report) in reports[start..<start + 250].enumerated() {
                    for (series, value) in report.values.enumerated() {
                        statement.setUncheckedArguments([
                            (start / 250) % sessions, series, start + number, report.step, report.timeMilliseconds, value.value,
                        ])
                        try statement.execute()
                    }
                }
            }
        }
    }
    table.rate("beside: rows in plain SQLite, FULL, 1,000 a commit", rows, "points", duration)
    try await queue.writeWithoutTransaction { database in _ = try database.checkpoint(.truncate) }
    table.row("beside: on disk", String(format: "%.2f bytes", Double(try fileBytes(URL(filePath: path))) / Double(rows)), "", "a point")
    try queue.close()
}
