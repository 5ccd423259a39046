import API
import Content
import Foundation
import Logging
import Store
import TestSupport
import Testing

@testable import Platform

@Suite("Sweeping content that nobody refers to") struct ContentSweepTests {
    /// On the files of the fixture's platform.
    private func sweep(_ fixture: PlatformFixture) throws -> ContentSweep {
        ContentSweep(store: fixture.store, content: fixture.content, olderThan: Date(timeIntervalSinceNow: 60))
    }

    private func push(_ name: String, _ manifest: Digest, _ fixture: PlatformFixture) async throws {
        _ = try await fixture.platform.datasets.add(
            NewDatasetVersion(manifest: manifest, overwrite: true), to: DatasetName(parsing: name), by: fixture.alice)
    }

    @Test("what begins to refer to old content while a sweep looks keeps it")
    func referredTo() async throws {
        try await withPlatform { fixture in
            let kept = try await fixture.push(["a": "kept"], by: fixture.alice)
            let dead = try await fixture.push(["a": "dead"], by: fixture.alice)
            let sweep = try sweep(fixture)
            let seen = try await sweep.look()
            try await push("late", kept, fixture)
            #expect(try await sweep.removeAll(besides: seen) == 2)
            let content = fixture.content
            #expect(content.contains(kept) && content.contains(Digest(of: Array("kept".utf8))))
            #expect(!content.contains(dead) && !content.contains(Digest(of: Array("dead".utf8))))
            #expect(try await sweep.removeAll(besides: sweep.look()) == 0)
        }
    }

    @Test("what was looked at before a sweep and is referred to after it is looked at again")
    func removedBetween() async throws {
        try await withPlatform { fixture in
            let manifest = try await fixture.push(["a": "gone"], by: fixture.alice)
            let tree = try await fixture.platform.contents.acceptManifest(manifest, from: fixture.alice)
            let other = try await fixture.push(["a": "other"], by: fixture.alice)
            let whole = try await fixture.platform.contents.acceptManifest(other, from: fixture.alice)
            try await push("other", other, fixture)
            let sweep = try sweep(fixture)
            _ = try await sweep.removeAll(besides: sweep.look())
            let failure = await #expect(throws: Failure.self) { try await fixture.store.write { try tree.require(in: $0) } }
            #expect(failure?.code == .unavailable)
            try await fixture.store.write { try whole.require(in: $0) }
            // Sent again it is taken.
            try await push("again", fixture.push(["a": "gone"], by: fixture.alice), fixture)
        }
    }
}

@Suite("Starting supervisors again") struct SupervisorRestartsTests {
    @Test("pauses grow, and only supervisors that end one after the other are given up")
    func pauses() {
        let start = ContinuousClock.now
        var restarts = SupervisorRestarts()
        var starts: [Int] = []
        var second = 0
        while true {
            let decision = restarts.unsupervised(at: start + .seconds(second))
            if decision == .giveUp { break }
            if decision == .start { starts.append(second) }
            second += 1
        }
        #expect(starts == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243] && second == 303)
    }

    @Test("one that has worked for some minutes counts anew")
    func proven() {
        var now = ContinuousClock.now
        var restarts = SupervisorRestarts()
        for _ in 0..<50 {
            #expect(restarts.unsupervised(at: now) == .start)
            restarts.supervised(at: now + .seconds(1))
            restarts.supervised(at: now + .seconds(400))
            now += .seconds(401)
        }
    }
}
