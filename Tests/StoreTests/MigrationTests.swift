import API
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

@Suite struct MigrationTests {
    private let first = Migration(
        name: "1 first", sql: "CREATE TABLE thing (id INTEGER PRIMARY KEY, word TEXT) STRICT; INSERT INTO thing VALUES (1, 'a')")
    private let second = Migration(name: "2 second", sql: "ALTER TABLE thing ADD COLUMN size INTEGER; UPDATE thing SET size = 5")

    private func open(_ url: URL, _ migrations: [Migration]) throws -> DatabasePool {
        try DatabaseFile.open(url, migrations: migrations, logger: silent).pool
    }

    @Test("a file is copied before it is migrated, and the copy is what it was")
    func copy() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "x.sqlite")
            try open(url, [first]).close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.contains("before") } == [])
            let pool = try open(url, [first, second])
            #expect(try await pool.read { try Int.fetchOne($0, sql: "SELECT size FROM thing") } == 5)
            try pool.close()
            let copy = directory.appending(path: "x.sqlite.before-2")
            let attributes = try FileManager.default.attributesOfItem(atPath: copy.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let old = try open(copy, [first])
            let columns = try await old.read { try $0.columns(in: "thing").map(\.name) }
            #expect(columns == ["id", "word"])
            try old.close()
        }
    }

    @Test("a file of a newer program is refused and left alone")
    func newer() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "x.sqlite")
            try open(url, [first, second]).close()
            let failure = await failure { try open(url, [first]) }
            #expect(failure?.code == .unavailable)
            let pool = try open(url, [first, second])
            #expect(try await pool.read { try Int.fetchOne($0, sql: "SELECT size FROM thing") } == 5)
            try pool.close()
        }
    }

    @Test("a step that fails leaves the file as it was")
    func failing() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "x.sqlite")
            try open(url, [first]).close()
            let broken = Migration(name: "2 broken", sql: second.sql + "; SELECT nonsense")
            #expect(throws: (any Error).self) { try open(url, [first, broken]) }
            let pool = try open(url, [first])
            let columns = try await pool.read { try $0.columns(in: "thing").map(\.name) }
            #expect(columns == ["id", "word"])
            try pool.close()
        }
    }

    /// The fixtures are dumps of files that the released version wrote.
    @Test("files of released versions open, with all that is in them", arguments: ["v1"])
    func released(version: String) async throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(version)")
        try await withTemporaryDirectory { directory in
            for name in ["nsml", "series"] {
                // A dump's rows come by table, so those referred to may come last.
                var configuration = Configuration()
                configuration.foreignKeysEnabled = false
                let queue = try DatabaseQueue(path: directory.appending(path: "\(name).sqlite").path, configuration: configuration)
                let sql = try String(contentsOf: fixtures.appending(path: "\(name).sql"), encoding: .utf8)
                try await queue.writeWithoutTransaction { try $0.execute(sql: sql) }
                try queue.close()
            }
            let store = try Store(directory: directory, logger: silent)
            #expect(try await store.check() == [])
            try await ReleasedFile.verify(store)
            try store.close()
        }
    }
}
