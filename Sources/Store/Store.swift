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

    /// Opens the databases in `directory`, or makes them. A damaged file is opened for reading: see `fault`.
    ///
    /// Throws a `Failure` when a file is so damaged that nothing of it can be read, or was written by a newer version.
    ///
    /// - Parameter diskFailed: told, from any thread, when the disk has reported an error: nothing is written any more, and only opening
    ///   the store anew tells what is on disk.
    package init(directory: URL, logger: Logger, diskFailed: @escaping @Sendable () -> Void = {}) throws {
        let seriesURL = directory.appending(path: "series.sqlite")
        series = try SeriesStore(url: seriesURL, logger: logger, diskFailed: diskFailed)
        let (pool, damage) = try DatabaseFile.open(
            directory.appending(path: "nsml.sqlite"), migrations: Migration.store, attached: seriesURL, logger: logger)
        self.pool = pool
        commits = GroupCommit(pool, logger: logger, diskFailed: diskFailed)
        if let damage { commits.stop(because: .damage(damage)) }
        // Each refers to the other: while one may not be written, neither may be.
        if let fault = commits.fault ?? series.commits.fault {
            commits.stop(because: fault)
            series.commits.stop(because: fault)
        }
    }

    /// Why nothing can be written until the server is started again; nil as long as all is well.
    package var fault: Failure? { (commits.fault ?? series.commits.fault)?.failure }

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
    ///
    /// After a fault nothing is tidied up: the files stay as they are, as after a crash.
    package func close() throws {
        guard fault == nil else { return }
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
            let pages = try Self.integrityFindings(database)
            // What a damaged page says of its rows is worth nothing.
            guard pages.isEmpty else { return pages }
            return try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { "a row of '\($0[0] as String)' refers to nothing" }
        }
        return try await findings + series.check()
    }

    /// What SQLite finds in a file's pages; too much damage ends the search itself.
    static func integrityFindings(_ database: Database) throws -> [String] {
        do {
            return try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        } catch let error as DatabaseError where StoreFault(error) != nil {
            return [error.message ?? "\(error.resultCode)"]
        }
    }

    /// Whether the audit log's chain holds, and its end. May take longer than a question of a user may.
    package func checkAudit() async throws -> (problem: Failure?, last: AuditEntry?) {
        do {
            return try await pool.read { database in
                let transaction = Transaction(database: database)
                return (try transaction.verifyAudit(), try transaction.audit(AuditQuery(limit: 1)).first)
            }
        } catch {
            throw Failure.translating(error)
        }
    }
}
