import API
import Dispatch
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

@Suite struct GroupCommitTests {
    @Test("a full disk fails the writes that it hit, and is forgotten once there is room")
    func fullDisk() async throws {
        try await withStore { store in
            let pages = try await store.write { try Int.fetchOne($0.database, sql: "PRAGMA page_count") ?? 0 }
            _ = try await store.write { try Int.fetchOne($0.database, sql: "PRAGMA max_page_count = \(pages)") }
            let contents = (0..<5_000).map { (digest($0 &* 0x9E37_79B9_7F4A_7C1), Int64(1)) }
            let full = await failure { try await store.write { try $0.addContent(contents, holder: .alice, at: time(0)) } }
            #expect(full?.code == .storageFull)
            let held = try await store.read { try $0.heldContent(contents.map(\.0), by: .alice) }
            #expect(held.isEmpty)
            _ = try await store.write { try Int.fetchOne($0.database, sql: "PRAGMA max_page_count = 1000000") }
            try await store.write { try $0.addContent(contents, holder: .alice, at: time(0)) }
            #expect(try await store.check() == [])
        }
    }

    @Test("after an error of the disk nothing is written any more, and all can still be read")
    func brokenDisk() async throws {
        try await withStore { store in
            let broken = await failure { try await store.write { _ in throw DatabaseError(resultCode: .SQLITE_IOERR_FSYNC) } }
            #expect(broken?.code == .unavailable)
            let late = await failure {
                try await store.write { try $0.insertUser(UserRecord(name: "carol", role: .user, createdAt: time(0))) }
            }
            #expect(late?.code == .unavailable)
            let users = try await store.read { try $0.users().map(\.name) }
            #expect(users == [.alice, .bob])
        }
    }

    @Test("a full queue refuses at once, and what it took is written")
    func fullQueue() async throws {
        try await withStore { store in
            let (entered, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            async let blocked: Void = store.write { _ in
                entered.signal()
                release.wait()
            }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    entered.wait()
                    continuation.resume()
                }
            }
            let extra = 10
            let outcomes = await withTaskGroup(of: Failure.Code?.self) { group in
                for number in 0..<GroupCommit.maximumWaiting + extra {
                    group.addTask {
                        do {
                            try await store.write { transaction in
                                try transaction.touchToken(digest(number), at: time(0))
                            }
                            return nil
                        } catch { return (error as? Failure)?.code }
                    }
                }
                // Those that are refused come back while the writer is held.
                var outcomes: [Failure.Code?] = []
                for await outcome in group {
                    outcomes.append(outcome)
                    if outcomes.count == extra { release.signal() }
                }
                return outcomes
            }
            try await blocked
            #expect(outcomes.prefix(extra).allSatisfy { $0 == .tooManyRequests })
            #expect(outcomes.dropFirst(extra).allSatisfy { $0 == nil })
        }
    }
}
