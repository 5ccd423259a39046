import API
import Content
import Foundation
import Platform
import Testing

@Suite("Quotas") struct QuotaTests {
    private func code(_ body: () async throws -> some Any) async -> Failure.Code? {
        do {
            _ = try await body()
            return nil
        } catch { return (error as? Failure)?.code }
    }

    private func text(_ count: Int, _ letter: String) -> String { String(repeating: letter, count: count) }

    @Test(
        "a push over the quota is refused with what is stored and what is allowed, at the content and at the version; removing makes room")
    func storage() async throws {
        try await withPlatform { fixture in
            let (quotas, datasets) = (fixture.platform.quotas, fixture.platform.datasets)
            _ = try await quotas.change(fixture.alice.user, QuotaChange(storageBytes: 10_000), by: fixture.admin)
            let (name, other) = (try DatasetName(parsing: "a"), try DatasetName(parsing: "b"))
            let manifest = try await fixture.push(["x": text(4_000, "x"), "y": text(3_000, "y")], by: fixture.alice)
            _ = try await datasets.add(NewDatasetVersion(manifest: manifest, overwrite: false), to: name, by: fixture.alice)
            // What the next version has already costs nothing.
            let next = try await fixture.push(["x": text(4_000, "x"), "z": text(1_000, "z")], by: fixture.alice)
            _ = try await datasets.add(NewDatasetVersion(manifest: next, overwrite: true), to: name, by: fixture.alice)
            let seen = try await quotas.get(fixture.alice.user, for: fixture.alice)
            #expect(seen.usage?.datasetBytes == 8_000)
            #expect(seen.quota == UserQuota(storageBytes: 10_000))
            do {
                _ = try await fixture.push(["w": text(5_000, "w")], by: fixture.alice)
                Issue.record("it was taken")
            } catch let failure as Failure {
                #expect(failure.code == .overQuota)
                #expect(failure.message == "alice stores 8.0 kB of the 10.0 kB allowed, and this needs 5.0 kB more")
            }
            // Content that others have published needs no sending, and counts all the same.
            let open = try await fixture.push(["v": text(6_000, "v")], by: fixture.bob)
            _ = try await datasets.add(NewDatasetVersion(manifest: open, overwrite: false), to: other, by: fixture.bob)
            let third = try DatasetName(parsing: "c")
            #expect(
                await code { try await datasets.add(NewDatasetVersion(manifest: open, overwrite: false), to: third, by: fixture.alice) }
                    == .overQuota)
            #expect(await code { try await datasets.get(third, for: fixture.alice) } == .notFound)
            try await datasets.remove(name, by: fixture.alice)
            _ = try await datasets.add(NewDatasetVersion(manifest: open, overwrite: false), to: third, by: fixture.alice)
            _ = try await quotas.change(fixture.alice.user, QuotaChange(unlimited: [.storage]), by: fixture.admin)
            _ = try await fixture.push(["w": text(50_000, "w")], by: fixture.alice)
        }
    }

    @Test("what was sent and belongs to nothing counts until it does")
    func unclaimed() async throws {
        try await withPlatform { fixture in
            _ = try await fixture.platform.quotas.change(fixture.alice.user, QuotaChange(storageBytes: 10_000), by: fixture.admin)
            _ = try await fixture.send(Array(repeating: 1, count: 6_000), by: fixture.alice)
            #expect(await code { try await fixture.send(Array(repeating: 2, count: 6_000), by: fixture.alice) } == .overQuota)
        }
    }

    @Test("who stores too much starts no session; a checkpoint over the quota is refused, unless it takes the place of another")
    func checkpoints() async throws {
        try await withPlatform { fixture in
            let quotas = fixture.platform.quotas
            let session = try await fixture.run(by: fixture.alice, keep: Retention(last: 1))
            let endless = try await fixture.run(by: fixture.alice)
            func save(_ session: SessionRecord, _ name: String, _ bytes: Int, _ sequence: Int64) async throws {
                let own = Identity(user: fixture.alice.user, role: .user, session: session.name)
                let manifest = try await fixture.push(["weights": text(bytes, name)], by: own)
                _ = try await fixture.platform.checkpoints.add(
                    NewCheckpoint(
                        epoch: 1, sequence: sequence, name: try CheckpointName(parsing: name), time: Date(), step: nil, summary: [:],
                        manifest: manifest), to: session.name, by: own)
            }
            try await save(session, "1", 5_000, 1)
            _ = try await quotas.change(fixture.alice.user, QuotaChange(storageBytes: 6_000), by: fixture.admin)
            try await save(session, "2", 4_500, 2)
            #expect(try await quotas.get(fixture.alice.user, for: fixture.admin).usage?.checkpointBytes == 4_500)
            #expect(await code { try await save(endless, "1", 3_000, 1) } == .overQuota)
            _ = try await quotas.change(fixture.alice.user, QuotaChange(storageBytes: 1_000), by: fixture.admin)
            #expect(await code { try await fixture.run(by: fixture.alice) } == .overQuota)
            _ = try await fixture.run(by: fixture.bob)
            _ = try await fixture.platform.checkpoints.remove("*", of: session.name, by: fixture.alice)
            #expect(try await quotas.get(fixture.alice.user, for: fixture.admin).usage?.storedBytes == 0)
        }
    }

    @Test("a session over the number at a time waits with the reason, also after a restart; one that could never run is refused")
    func sessions() async throws {
        try await withPlatform { fixture in
            _ = try await fixture.platform.quotas.change(fixture.alice.user, QuotaChange(sessions: 1, gpus: 1), by: fixture.admin)
            let first = try await fixture.run(by: fixture.alice)
            let second = try await fixture.run(by: fixture.alice)
            #expect(try await fixture.record(first).state == .preparing)
            #expect(try await fixture.record(second).state == .queued)
            let reason = "waits for another session of alice to end: 1 of the 1 allowed at a time run"
            #expect(try await fixture.platform.sessions.queue(for: fixture.alice).map(\.reason) == [reason])
            #expect(await code { try await fixture.run(gpus: 2, by: fixture.alice) } == .cannotFit)
            let again = try await fixture.restarted()
            #expect(try await again.platform.sessions.queue(for: again.alice).map(\.reason) == [reason])
            _ = try await again.platform.quotas.change(again.alice.user, QuotaChange(unlimited: [.sessions]), by: again.admin)
            #expect(try await again.record(second).state == .preparing)
            #expect(try await again.platform.quotas.get(again.alice.user, for: again.alice).usage?.sessions == 2)
            again.platform.beginShutdown()
        }
    }

    @Test("what one has and may have is for oneself and administrators")
    func privacy() async throws {
        try await withPlatform { fixture in
            let quotas = fixture.platform.quotas
            _ = try await quotas.change(fixture.alice.user, QuotaChange(gpus: 3), by: fixture.admin)
            #expect(try await quotas.get(fixture.alice.user, for: fixture.bob).quota == nil)
            #expect(try await quotas.get(fixture.alice.user, for: fixture.bob).usage == nil)
            #expect(try await quotas.list(for: fixture.bob).compactMap(\.usage).count == 1)
            #expect(try await quotas.list(for: fixture.admin).compactMap(\.usage).count == 3)
            #expect(await code { try await quotas.change(fixture.alice.user, QuotaChange(gpus: -1), by: fixture.admin) } == .invalidValue)
            #expect(await code { try await quotas.get(UserName(parsing: "nobody"), for: fixture.admin) } == .notFound)
        }
    }
}
