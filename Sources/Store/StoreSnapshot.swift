import API
package import Foundation
import GRDB

/// A copy of both databases as they were at one moment, made beside a server that goes on writing.
package struct StoreSnapshot: Sendable {
    private static let names = ["nsml.sqlite", "series.sqlite"]

    /// The directory that holds the copies.
    package let directory: URL

    /// Copies the databases in `source`, by SQLite's own means: writers are not held up, and what they commit meanwhile is not in
    /// the copies. Each copy is one file. Nothing is flushed.
    package static func make(of source: URL, in directory: URL) throws -> StoreSnapshot {
        var reading = Configuration()
        reading.readonly = true
        reading.busyMode = .timeout(10)
        do {
            let queues = try names.map { name in
                try DatabaseQueue(path: source.appending(path: name).path(percentEncoded: false), configuration: reading)
            }
            // Both moments before either copy, which may take minutes. What the first refers to in the second was there before it.
            try queues[0].read { store in
                _ = try Int.fetchOne(store, sql: "SELECT count(*) FROM sqlite_schema")
                try queues[1].read { series in
                    _ = try Int.fetchOne(series, sql: "SELECT count(*) FROM sqlite_schema")
                    for (database, name) in zip([store, series], names) {
                        try copy(database, to: directory.appending(path: name).path(percentEncoded: false))
                    }
                }
            }
            for queue in queues { try queue.close() }
        } catch {
            throw Failure.translating(error)
        }
        return StoreSnapshot(directory: directory)
    }

    package init(directory: URL) { self.directory = directory }

    private static func copy(_ database: Database, to path: String) throws {
        let copy = try DatabaseQueue(path: path)
        try copy.writeWithoutTransaction { copy in
            try database.backup(to: copy)
            // One file, with nothing beside it, that can be read where nobody may write.
            try copy.execute(sql: "PRAGMA journal_mode = DELETE")
        }
        try copy.close()
    }

    /// Runs `body` on the copy of `nsml.sqlite`.
    package func read<Value>(_ body: (Transaction) throws -> Value) throws -> Value {
        try read(Self.names[0]) { try body(Transaction(database: $0)) }
    }

    /// Throws when the structure of a copy is damaged, as the original's is then.
    package func check() throws {
        for name in Self.names {
            let finding = try read(name) { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            guard finding != "ok" else { continue }
            throw Failure(.corruptContent, "'\(name)' is damaged", hint: "'nsml check' says more")
        }
    }

    private func read<Value>(_ name: String, _ body: (Database) throws -> Value) throws -> Value {
        var reading = Configuration()
        reading.readonly = true
        do {
            let queue = try DatabaseQueue(path: directory.appending(path: name).path(percentEncoded: false), configuration: reading)
            let value = try queue.read(body)
            try queue.close()
            return value
        } catch {
            throw Failure.translating(error)
        }
    }

    /// Copies both files elsewhere.
    package func copy(to target: URL) throws {
        for name in Self.names {
            try FileManager.default.copyItem(at: directory.appending(path: name), to: target.appending(path: name))
        }
    }
}

extension Store {
    /// After a restore: what the numbers know of sessions that the platform does not.
    package func removeUnknownSeries() async throws {
        let known = Set(try await read { try $0.sessionIds() })
        for id in try await series.sessions() where !known.contains(id) { try await series.remove(session: id) }
    }
}

extension Transaction {
    package func sessionIds() throws -> [Int64] { try all("SELECT id FROM session ORDER BY id") { $0.integer() } }
}
