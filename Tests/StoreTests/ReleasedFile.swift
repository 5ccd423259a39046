import API
import Foundation
import TestSupport
import Testing

@testable import Store

/// One of everything: what the kept files of released versions hold.
enum ReleasedFile {
    /// Fills a new store; run by hand when a version is released, to make its fixture.
    static func fill(_ store: Store) async throws {
        let checkpoint = NewCheckpoint(
            epoch: 1, sequence: 99, name: try CheckpointName(parsing: "best"), time: time(40), step: 3,
            summary: ["loss": MetricValue(.nan)],
            manifest: digest(4))
        try await store.write { transaction in
            try transaction.insertUser(UserRecord(name: .alice, role: .admin, createdAt: time(0)))
            try transaction.insertUser(UserRecord(name: .bob, role: .user, createdAt: time(1)))
            try transaction.addContent([(digest(1), 100), (digest(2), 200)], holder: .alice, at: time(2))
            try transaction.publishContent([digest(2)])
            let settings = DatasetSettings(description: "digits", tags: ["#x"], isPrivate: true, metric: "accuracy")
            try transaction.insertDataset(
                .mnist, owner: .alice, settings: settings, manifest: digest(2), fileCount: 1, bytes: 2, at: time(3))
            try transaction.insertVersion(.mnist, manifest: digest(3), fileCount: 4, bytes: 5, author: .bob, at: time(4))
            try transaction.changeDataset(.mnist, DatasetChange(addReaders: [.bob]))
            let id = try transaction.insertSession(sessionRow(memo: "kept")).id
            _ = try transaction.place(id: id, placement: Placement(node: "n1", devices: [0, 1]), at: time(20))
            try transaction.setState(id: id, to: .running, at: time(30), actor: "session")
            _ = try transaction.insertCheckpoint(session: id, checkpoint, fileCount: 6, bytes: 7)
            try transaction.setSummary(id: id, summary: ["loss": MetricValue(0.25)], step: 3)
            try transaction.setState(id: id, to: .finished, exit: ProcessExit(exitCode: 0), at: time(50), actor: "session")
            try transaction.insertToken(user: .alice, label: "laptop", hash: digest(8), createdAt: time(5), expiresAt: time(1_000))
            try transaction.appendAudit(actor: "alice", action: "run", object: "alice/mnist/1", result: "ok", address: "::1", at: time(10))
        }
        let reports = (0..<1_500).map { (step: Int) -> Report in
            let loss: Double = step == 5 ? .nan : 1 / Double(step + 1)
            return Report(step: Int64(step), timeMilliseconds: Int64(step * 7), values: [("loss", loss)])
        }
        try await store.series.append(session: 1, reports: reports, from: 0, to: 12_345)
        try await store.series.append(
            session: 1, reports: [Report(step: 1_500, timeMilliseconds: 0, values: [], texts: [("note", "end")])], from: 12_345, to: 12_400)
    }

    static func verify(_ store: Store) async throws {
        let (users, dataset, readers) = try await store.read { (try $0.users(), try $0.dataset(.mnist), try $0.readers(of: .mnist)) }
        #expect(users.map(\.name) == [.alice, .bob] && users.first?.role == .admin && readers == [.bob])
        #expect(dataset?.version.manifest == digest(3) && dataset?.settings.tags == ["#x"] && dataset?.settings.isPrivate == true)
        let held = try await store.read { try $0.heldContent([digest(1), digest(2)], by: .bob) }
        #expect(held == [digest(2)])
        let session = try #require(try await store.read { try $0.session(id: 1) })
        #expect(session.name.description == "alice/mnist/1" && session.record.memo == "kept" && session.record.state == .finished)
        #expect(session.exit?.exitCode == 0 && session.record.placement?.devices == [0, 1] && session.record.finishedAt == time(50))
        #expect(session.record.summary["loss"]?.value == 0.25 && session.record.checkpointBytes == 7 && session.record.eventNumber == 4)
        let checkpoints = try await store.read { try $0.checkpoints(session: 1) }
        #expect(checkpoints.first?.manifest == digest(4) && checkpoints.first?.elapsedSeconds == 10)
        let identity = try await store.read { try $0.identity(tokenHash: digest(8), now: time(999)) }
        #expect(identity?.user == .alice)
        let columns = try await store.series.points(session: 1, name: "loss", limit: 10_000)
        #expect(columns.steps == Array(0..<1_500) && columns.values[5].value.isNaN && columns.values[1_499].value == 1.0 / 1_500)
        #expect(try await store.series.offset(session: 1, stream: .journal) == 12_400)
        #expect(try await store.series.texts(session: 1, limit: 9).map(\.text) == ["end"])
        // And it goes on from there.
        try await store.series.append(
            session: 1, reports: [Report(step: 1_500, timeMilliseconds: 0, values: [("loss", 7)])], from: 12_400, to: 12_401)
        #expect(try await store.series.metrics(session: 1).first?.count == 1_501)
    }

    /// With NSML_FIXTURE_DIRECTORY set, makes the files of the current version there; a dump of them becomes the fixture.
    @Test("the files of this version hold one of everything")
    static func make() async throws {
        let directory = ProcessInfo.processInfo.environment["NSML_FIXTURE_DIRECTORY"].map { URL(filePath: $0) }
        if let directory {
            let store = try Store(directory: directory, logger: silent)
            try await fill(store)
            return try store.close()
        }
        try await withTemporaryDirectory { directory in
            let store = try Store(directory: directory, logger: silent)
            try await fill(store)
            try await verify(store)
            try store.close()
        }
    }
}
