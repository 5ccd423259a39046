import API
import Foundation
import Store
import Testing

@Suite struct ContentTests {
    @Test("content is held by who sent it, and by all once it is public")
    func holders() async throws {
        try await withStore { store in
            let all = (0..<5).map(digest)
            try await store.write { transaction in
                try transaction.addContent(all[0..<3].map { ($0, 10) }, holder: .alice, at: time(0))
                try transaction.addContent([(all[2], 10), (all[3], Int64.max)], holder: .bob, at: time(5))
                try transaction.publishContent([all[0]])
            }
            let held = try await store.read { (try $0.heldContent(all, by: .alice), try $0.heldContent(all, by: .bob)) }
            #expect(held.0 == Set(all[0..<3]))
            #expect(held.1 == Set([all[0], all[2], all[3]]))
            #expect(try await store.read { try $0.contentBytes(of: all[3]) } == .max)
            #expect(try await store.read { try $0.contentBytes(of: all[4]) } == nil)
            #expect(try await store.read { try $0.heldContent([], by: .alice) }.isEmpty)
        }
    }

    @Test("a sweep sees old content in pages")
    func sweep() async throws {
        try await withStore { store in
            let all = (0..<10).map(digest)
            try await store.write { transaction in
                try transaction.addContent(all.map { ($0, 1) }, holder: .alice, at: time(0))
                try transaction.addContent([(digest(99), 1)], holder: .alice, at: time(50))
                // Sent again: stays old.
                try transaction.addContent([(all[0], 1)], holder: .bob, at: time(50))
            }
            let first = try await store.read { try $0.contentOlderThan(time(10), after: nil, limit: 6) }
            #expect(first == Array(all[0..<6]))
            let second = try await store.read { try $0.contentOlderThan(time(10), after: first.last, limit: 6) }
            #expect(second == Array(all[6...]))
            try await store.write { try $0.removeContent(first) }
            #expect(try await store.read { try $0.heldContent(all, by: .alice) } == Set(second))
            #expect(try await store.read { try $0.heldContent(all, by: .bob) }.isEmpty)
        }
    }

    @Test("50,000 pieces are added and asked for at once")
    func many() async throws {
        try await withStore { store in
            let all = (0..<50_000).map { digest($0 &* 0x9E37_79B9_7F4A_7C1) }
            try await store.write { try $0.addContent(all.map { ($0, 123) }, holder: .alice, at: time(0)) }
            let held = try await store.read { try $0.heldContent(all, by: .alice) }
            #expect(held.count == 50_000)
        }
    }

    @Test("what exists refers to its manifests")
    func references() async throws {
        try await withStore { store in
            try await store.write { transaction in
                try transaction.insertDataset(
                    .mnist, owner: .alice, settings: DatasetSettings(), manifest: digest(11), fileCount: 1, bytes: 1, at: time(0))
                try transaction.insertVersion(.mnist, manifest: digest(12), fileCount: 1, bytes: 1, author: .alice, at: time(1))
                let session = try transaction.insertSession(sessionRow())
                let new = NewCheckpoint(
                    epoch: 0, sequence: 0, name: try CheckpointName(parsing: "a"), time: time(2), step: 1, summary: [:],
                    manifest: digest(13))
                _ = try transaction.insertCheckpoint(session: session.id, new, fileCount: 1, bytes: 1)
            }
            #expect(Set(try await store.read { try $0.referencedManifests() }) == Set([1, 11, 12, 13].map(digest)))
        }
    }
}
