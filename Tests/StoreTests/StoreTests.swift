import API
import Foundation
import GRDB
@testable import Store
import TestSupport
import Testing

@Suite struct StoreTests {
    @Test("the files are the owner's alone, and commits wait for the disk")
    func modes() async throws {
        try await withTemporaryDirectory { directory in
            let store = try Store(directory: directory, logger: silent)
            for name in ["nsml.sqlite", "series.sqlite", "nsml.sqlite-wal"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: directory.appending(path: name).path)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
            let synchronous = try await store.write { try Int.fetchOne($0.database, sql: "PRAGMA synchronous") }
            #expect(synchronous == 2)
            let journal = try await store.read { try String.fetchOne($0.database, sql: "PRAGMA journal_mode") }
            #expect(journal == "wal")
            try store.close()
        }
    }

    @Test("a write that throws undoes only itself, though many share a commit")
    func isolation() async throws {
        try await withStore { store in
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do {
                            try await store.write { transaction in
                                let name = UserName(unchecked: "user\(number)")
                                try transaction.insertUser(UserRecord(name: name, role: .user, createdAt: time(0)))
                                if number % 3 == 0 { throw Failure(.wrongState, "on purpose") }
                            }
                            return (number, true)
                        } catch { return (number, false) }
                    }
                }
                return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            let names = Set(try await store.read { try $0.users().map(\.name.rawValue) })
            for number in 0..<200 {
                #expect(outcomes[number] == (number % 3 != 0))
                #expect(names.contains("user\(number)") == (number % 3 != 0))
            }
        }
    }

    @Test("cancelling the caller does not stop a write")
    func cancellation() async throws {
        try await withStore { store in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await store.write { try $0.insertUser(UserRecord(name: "carol", role: .user, createdAt: time(0))) }
            }
            try await task.value
            #expect(try await store.read { try $0.user("carol") } != nil)
        }
    }

    @Test("after closing, a write is refused as unavailable")
    func closed() async throws {
        try await withTemporaryDirectory { directory in
            let store = try Store(directory: directory, logger: silent)
            try store.close()
            let failure = await failure { try await store.write { _ in } }
            #expect(failure?.code == .unavailable)
        }
    }

    @Test("what was written is there after opening again, and checks out")
    func reopening() async throws {
        try await withTemporaryDirectory { directory in
            let store = try Store(directory: directory, logger: silent)
            try await store.write { try $0.insertUser(UserRecord(name: .alice, role: .admin, createdAt: time(0.123))) }
            try store.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["nsml.sqlite", "series.sqlite"])
            let again = try Store(directory: directory, logger: silent)
            #expect(
                try await again.read { try $0.users() } == [UserRecord(name: .alice, role: .admin, createdAt: time(0.123))])
            #expect(try await again.check() == [])
            try again.close()
        }
    }

    @Test("a file that is no database is refused and left as it is")
    func garbage() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "nsml.sqlite")
            let bytes = Data(repeating: 0x41, count: 10_000)
            try bytes.write(to: file)
            let failure = await failure { try Store(directory: directory, logger: silent) }
            #expect(failure?.code == .corruptContent)
            #expect(try Data(contentsOf: file) == bytes)
        }
    }

    @Test("a query that takes too long is cut off")
    func timeLimit() async throws {
        try await withStore { store in
            let failure = await failure {
                try await store.read { transaction in
                    try Int.fetchOne(
                        transaction.database,
                        sql: "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
                }
            }
            #expect(failure?.code == .timeout)
            let count = try await store.read { try $0.countUsers() }
            #expect(count == 2)
        }
    }

    @Test("the schema's own tables cannot be written")
    func defensive() async throws {
        try await withStore { store in
            await #expect(throws: (any Error).self) {
                try await store.write { transaction in
                    try transaction.database.execute(sql: "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = sql")
                }
            }
        }
    }
}

extension UserName: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(unchecked: value) }
}
