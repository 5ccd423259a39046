package import API
import CSQLite
package import Foundation
import GRDB
package import Logging

/// The database of a platform: `nsml.sqlite` with everything that has a name, and `series.sqlite` with the numbers that sessions report.
///
/// Reads see one moment and run beside writes. A write is answered when it is on disk. Only one process may have a directory's store open.
package final class Store: Sendable {
    package let series: SeriesStore
    private let pool: DatabasePool
    private let commits: GroupCommit

    /// Opens the databases in `directory`, or makes them. Throws a `Failure` when a file is damaged, or was written by a newer version.
    package init(directory: URL, logger: Logger) throws {
        let seriesURL = directory.appending(path: "series.sqlite")
        series = try SeriesStore(url: seriesURL, logger: logger)
        pool = try DatabaseFile.open(
            directory.appending(path: "nsml.sqlite"), migrations: Migration.store, attached: seriesURL, logger: logger)
        commits = GroupCommit(pool, logger: logger)
    }

    /// Runs `body` on one moment's state. A task that is cancelled stops waiting.
    package func read<T: Sendable>(_ body: @Sendable @escaping (Transaction) throws -> T) async throws -> T {
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

    /// Runs `body` as one whole: all of it happens, durably, before this returns, or none of it does and the error is thrown.
    ///
    /// Many writes share a commit, yet one that throws undoes only itself. Cancelling the caller does not stop a write. `body` must not
    /// wait for anything, since all writes wait for it.
    @discardableResult
    package func write<T: Sendable>(_ body: @Sendable @escaping (Transaction) throws -> T) async throws -> T {
        try await commits.submit { database in try body(Transaction(database: database)) }
    }

    /// Finishes what waits and closes the files. Writes that come later throw `unavailable`.
    package func close() throws {
        commits.close()
        try DatabaseFile.close(pool)
        try series.close()
    }

    /// Moves what was written into the main files and empties their logs; readers that last long let the logs grow.
    package func truncateLogs() async throws {
        try await pool.writeWithoutTransaction { database in _ = try database.checkpoint(.passive) }
        try await series.truncateLog()
    }

    /// Reads everything and compares it: pages, foreign keys, the audit log's chain. Returns what is wrong, for people; empty is well.
    package func check() async throws -> [String] {
        let audit = try await checkAudit().problem
        return try await checkDatabases() + [audit?.description].compactMap { $0 }
    }

    /// What is wrong with the pages, rows and references of both files.
    package func checkDatabases() async throws -> [String] {
        let findings = try await pool.read { database in
            let pages = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            let references = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map {
                "a row of '\($0[0] as String)' refers to nothing"
            }
            return pages + references
        }
        return try await findings + series.check()
    }

    /// Whether the audit log's chain holds, and its end. May take longer than a question of a user may.
    package func checkAudit() async throws -> (problem: Failure?, last: AuditEntry?) {
        try await pool.read { database in
            let transaction = Transaction(database: database)
            return (try transaction.verifyAudit(), try transaction.audit(AuditQuery(limit: 1)).first)
        }
    }
}
