import API
import Foundation
import Platform
import Testing

@Suite struct DatasetServiceTests {
    private func push(
        _ files: [String: String], to name: String, by identity: Identity, overwrite: Bool = false, isPrivate: Bool = false,
        _ fixture: PlatformFixture
    ) async throws -> DatasetRecord {
        try await fixture.platform.datasets.add(
            NewDatasetVersion(
                manifest: try await fixture.push(files, by: identity), overwrite: overwrite, settings: DatasetChange(isPrivate: isPrivate)),
            to: DatasetName(parsing: name), by: identity)
    }

    @Test("a second push makes the next version, and only when something changed")
    func versions() async throws {
        try await withPlatform { fixture in
            let first = try await push(["train/a": "1"], to: "mnist", by: fixture.alice, fixture)
            #expect(first.version.number == 1 && first.version.bytes == 1)
            let taken = await #expect(throws: Failure.self) {
                try await push(["train/a": "2"], to: "mnist", by: fixture.alice, fixture)
            }
            #expect(taken?.code == .alreadyExists)
            #expect(try await push(["train/a": "2"], to: "mnist", by: fixture.alice, overwrite: true, fixture).version.number == 2)
            #expect(try await push(["train/a": "2"], to: "mnist", by: fixture.alice, overwrite: true, fixture).version.number == 2)
            let old = try await fixture.platform.datasets.version(DatasetReference(parsing: "mnist@1"), for: fixture.bob)
            #expect(old.manifest == first.version.manifest)
        }
    }

    @Test("a private dataset exists for its owner, its readers and administrators")
    func privacy() async throws {
        try await withPlatform { fixture in
            let name = try DatasetName(parsing: "secret")
            _ = try await push(["a": "1"], to: "secret", by: fixture.alice, isPrivate: true, fixture)
            let hidden = await #expect(throws: Failure.self) { try await fixture.platform.datasets.get(name, for: fixture.bob) }
            #expect(hidden?.code == .notFound)
            #expect(try await fixture.platform.datasets.list(pattern: nil, limit: 10, after: nil, for: fixture.bob).items.isEmpty)
            _ = try await fixture.platform.datasets.change(name, DatasetChange(addReaders: [fixture.bob.user]), by: fixture.alice)
            _ = try await fixture.platform.datasets.get(name, for: fixture.bob)
            let refused = await #expect(throws: Failure.self) { try await fixture.platform.datasets.remove(name, by: fixture.bob) }
            #expect(refused?.code == .forbidden)
            // Bob may read it, but knowing a hash does not make him a holder of the bytes.
            let digests = DigestList(digests: [try await fixture.send(Array("1".utf8), by: fixture.alice)])
            #expect(try await fixture.platform.contents.missing(digests, for: fixture.bob).digests.count == 1)
            #expect(try await fixture.platform.contents.missing(digests, for: fixture.alice).digests.isEmpty)
        }
    }

    @Test("a dataset in use is not removed")
    func inUse() async throws {
        try await withPlatform { fixture in
            _ = try await push(["train/a": "1"], to: "mnist", by: fixture.alice, fixture)
            let workspace = try await fixture.push(["main.py": ""], by: fixture.alice)
            let session = try await fixture.platform.sessions.run(
                NewSession(
                    workspace: workspace, entry: "main.py", arguments: [], datasets: [try DatasetReference(parsing: "mnist")],
                    resources: Resources(gpus: 0, cpus: 1, memoryBytes: 100_000_000, sharedMemoryBytes: 0)),
                by: fixture.alice)
            #expect(session.name.description == "alice/mnist/1")
            #expect(session.datasets.first?.version == 1)
            let name = try DatasetName(parsing: "mnist")
            let used = await #expect(throws: Failure.self) { try await fixture.platform.datasets.remove(name, by: fixture.alice) }
            #expect(used?.code == .wrongState)
            try await fixture.progress(session, .failed, reason: "x")
            try await fixture.platform.datasets.remove(name, by: fixture.alice)
        }
    }

    @Test("a wrong, expired or revoked token is nobody's")
    func tokens() async throws {
        try await withPlatform { fixture in
            let users = fixture.platform.users
            let issued = try await users.addToken(NewToken(label: "laptop"), of: fixture.alice.user, by: fixture.alice)
            #expect(try await users.identity(ofToken: issued.secret)?.user == fixture.alice.user)
            #expect(try await users.identity(ofToken: String(issued.secret.dropLast()) + "x") == nil)
            #expect(try await users.identity(ofToken: Secret().text) == nil)
            let foreign = await #expect(throws: Failure.self) { try await users.tokens(of: fixture.alice.user, by: fixture.bob) }
            #expect(foreign?.code == .notFound)
            try await users.removeToken(issued.record.id, of: fixture.alice.user, by: fixture.alice)
            #expect(try await users.identity(ofToken: issued.secret) == nil)
        }
    }
}
