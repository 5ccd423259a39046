import API
import Foundation
import GRDB
@testable import Store
import Testing

@Suite struct UserTests {
    @Test("a name can be taken once")
    func takenName() async throws {
        try await withStore { store in
            let failure = await failure {
                try await store.write { try $0.insertUser(UserRecord(name: .alice, role: .admin, createdAt: time(5))) }
            }
            #expect(failure?.code == .alreadyExists)
            let count = try await store.read { try $0.countUsers() }
            #expect(count == 2)
        }
    }

    @Test("tokens that have expired long ago are forgotten")
    func expiredTokens() async throws {
        try await withStore { store in
            try await store.write { transaction in
                for (number, end) in [(1, time(10)), (2, time(20)), (3, nil)] as [(Int, Date?)] {
                    try transaction.insertToken(
                        user: .bob, label: "\(number)", hash: digest(number), createdAt: time(0), expiresAt: end)
                }
                try transaction.removeTokens(expiredBefore: time(15))
            }
            #expect(try await store.read { try $0.tokens(of: .bob) }.map(\.label).sorted() == ["2", "3"])
        }
    }

    @Test("a user who owns something cannot be removed")
    func ownership() async throws {
        try await withStore { store in
            try await store.write { _ = try $0.insertSession(sessionRow(.alice)) }
            try await store.write {
                _ = try $0.insertDataset(
                    .mnist, owner: .bob, settings: DatasetSettings(), manifest: digest(1), fileCount: 1, bytes: 1, at: time(0))
            }
            for user in [UserName.alice, .bob] {
                let failure = await failure { try await store.write { try $0.removeUser(user) } }
                #expect(failure?.code == .wrongState)
            }
            try await store.write { transaction in
                try transaction.removeDataset(.mnist)
                try transaction.insertToken(user: .bob, label: "t", hash: digest(2), createdAt: time(0))
                try transaction.removeUser(.bob)
            }
            #expect(try await store.read { try $0.identity(tokenHash: digest(2), now: time(1)) } == nil)
            let absent = await failure { try await store.write { try $0.removeUser(.bob) } }
            #expect(absent?.code == .notFound)
        }
    }

    @Test("a session's token ends soon after the session")
    func sessionToken() async throws {
        try await withStore { store in
            let session = try await store.write { try $0.insertSession(sessionRow(.alice)) }
            try await store.write {
                _ = try $0.insertToken(user: .alice, session: session.name, label: "session", hash: digest(1), createdAt: time(0))
            }
            let running = try await store.read { try $0.identity(tokenHash: digest(1), now: time(1_000_000)) }
            #expect(running?.session == session.name)
            try await store.write { try $0.setState(id: session.id, to: .stopped, reason: nil, exit: nil, at: time(100), actor: "alice") }
            // The last word may have to be said again.
            #expect(try await store.read { try $0.identity(tokenHash: digest(1), now: time(200)) } != nil)
            #expect(try await store.read { try $0.identity(tokenHash: digest(1), now: time(4_000)) } == nil)
        }
    }

    @Test("a token tells whose it is until it expires or is removed")
    func tokens() async throws {
        try await withStore { store in
            let record = try await store.write {
                try $0.insertToken(user: .alice, label: "laptop", hash: digest(1), createdAt: time(0), expiresAt: time(100))
            }
            let known = try await store.read { try $0.identity(tokenHash: digest(1), now: time(99)) }
            #expect(known?.user == .alice && known?.role == .user && known?.session == nil)
            #expect(try await store.read { try $0.identity(tokenHash: digest(1), now: time(100)) } == nil)
            #expect(try await store.read { try $0.identity(tokenHash: digest(2), now: time(0)) } == nil)
            try await store.write { try $0.touchToken(digest(1), at: time(50)) }
            #expect(try await store.read { try $0.tokens(of: .alice) }.map(\.lastUsedAt) == [time(50)])
            #expect(try await store.write { try $0.removeToken(of: .bob, id: record.id) } == false)
            #expect(try await store.write { try $0.removeToken(of: .alice, id: record.id) })
            #expect(try await store.read { try $0.identity(tokenHash: digest(1), now: time(1)) } == nil)
        }
    }

    @Test("a session's token names the session, is not listed, and goes with it")
    func sessionTokens() async throws {
        try await withStore { store in
            let session = try await store.write { try $0.insertSession(sessionRow()) }
            _ = try await store.write {
                try $0.insertToken(user: .alice, session: session.name, label: "", hash: digest(1), createdAt: time(0))
            }
            #expect(try await store.read { try $0.identity(tokenHash: digest(1), now: time(1)) }?.session == session.name)
            #expect(try await store.read { try $0.tokens(of: .alice) }.isEmpty)
            try await store.write { try $0.removeSession(id: session.id) }
            #expect(try await store.read { try $0.identity(tokenHash: digest(1), now: time(1)) } == nil)
        }
    }

    @Test("the audit log shows where it was changed")
    func audit() async throws {
        try await withStore { store in
            try await store.write { transaction in
                for number in 0..<5 {
                    try transaction.appendAudit(
                        actor: "alice", action: "run", object: "mnist\n\(number)", result: "ok", address: "127.0.0.1",
                        at: time(Double(number)))
                }
            }
            #expect(try await store.read { try $0.verifyAudit() } == nil)
            try await store.write { try $0.database.execute(sql: "UPDATE audit SET actor = 'bob' WHERE number = 3") }
            let failure = try await store.read { try $0.verifyAudit() }
            #expect(failure?.code == .corruptContent)
            #expect(failure?.message.contains("entry 3") == true)
            #expect(try await store.check().count == 1)
            try await store.write { try $0.database.execute(sql: "DELETE FROM audit WHERE number = 3") }
            #expect(try await store.read { try $0.verifyAudit() }?.message.contains("entry 3") == true)
        }
    }
}
