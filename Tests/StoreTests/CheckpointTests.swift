import API
import Foundation
import Store
import Testing

@Suite struct CheckpointTests {
    private func new(_ name: String, epoch: Int = 1, _ sequence: Int64, at seconds: Double, manifest: Int = 1) throws -> NewCheckpoint {
        NewCheckpoint(
            epoch: epoch, sequence: sequence, name: try CheckpointName(parsing: name), time: time(seconds), step: sequence,
            summary: ["loss": MetricValue(0.1), "worse": MetricValue(.nan)], manifest: digest(manifest))
    }

    private func post(_ store: Store, _ id: Int64, _ new: NewCheckpoint, bytes: Int64 = 10) async throws -> (CheckpointRecord, Bool) {
        try await store.write { transaction in
            let (record, isNew) = try transaction.insertCheckpoint(session: id, new, fileCount: 2, bytes: bytes)
            return (record, isNew)
        }
    }

    @Test("checkpoints are listed oldest first, with the time since the one before")
    func list() async throws {
        try await withStore { store in
            let id = try await store.write { transaction in
                let id = try transaction.insertSession(sessionRow(at: 0)).id
                _ = try transaction.place(id: id, placement: Placement(node: "n", devices: []), at: time(1))
                try transaction.setState(id: id, to: .running, at: time(100), actor: "session")
                return id
            }
            _ = try await post(store, id, new("b", 10, at: 130))
            _ = try await post(store, id, new("a/b 정", 20, at: 137.5), bytes: 30)
            let found = try await store.read { try $0.checkpoints(session: id) }
            #expect(found.map(\.name.rawValue) == ["b", "a/b 정"])
            #expect(found.map(\.elapsedSeconds) == [30, 7.5])
            #expect(found[0].summary["worse"]?.value.isNaN == true && found[0].step == 10 && found[0].fileCount == 2)
            let record = try #require(try await store.read { try $0.session(id: id) }).record
            #expect(record.checkpointCount == 2 && record.checkpointBytes == 40)
        }
    }

    @Test("the same one posted again changes nothing, even after it was overwritten or removed")
    func idempotent() async throws {
        try await withStore { store in
            let id = try await store.write { try $0.insertSession(sessionRow()).id }
            #expect(try await post(store, id, new("best", 10, at: 20)).1)
            let again = try await post(store, id, new("best", 10, at: 20))
            #expect(!again.1 && again.0.manifest == digest(1))
            #expect(try await post(store, id, new("best", 20, at: 30, manifest: 2), bytes: 25).1)
            let old = try await post(store, id, new("best", 10, at: 20))
            #expect(!old.1 && old.0.manifest == digest(2))
            let removed = try await store.write {
                try $0.removeCheckpoints(session: id, [try CheckpointName(parsing: "best"), try CheckpointName(parsing: "none")])
            }
            #expect(removed.map(\.bytes) == [25])
            #expect(try await post(store, id, new("best", 20, at: 30, manifest: 2)).1 == false)
            #expect(try await store.read { try $0.checkpoints(session: id) }.isEmpty)
            let record = try #require(try await store.read { try $0.session(id: id) }).record
            #expect(record.checkpointCount == 0 && record.checkpointBytes == 0)
        }
    }

    @Test("a name belongs to the newest; an older one that comes late does not overwrite it")
    func overwriting() async throws {
        try await withStore { store in
            let id = try await store.write { try $0.insertSession(sessionRow()).id }
            _ = try await post(store, id, new("best", epoch: 2, 5, at: 50, manifest: 25), bytes: 7)
            let late = try await post(store, id, new("best", epoch: 1, 900, at: 40, manifest: 19), bytes: 100)
            #expect(!late.1 && late.0.manifest == digest(25))
            _ = try await post(store, id, new("best", epoch: 2, 6, at: 60, manifest: 26), bytes: 8)
            let name = try CheckpointName(parsing: "best")
            let best = try await store.read { try $0.checkpoint(session: id, name) }
            #expect(best?.manifest == digest(26) && best?.elapsedSeconds == 10)
            let record = try #require(try await store.read { try $0.session(id: id) }).record
            #expect(record.checkpointCount == 1 && record.checkpointBytes == 8)
        }
    }
}
