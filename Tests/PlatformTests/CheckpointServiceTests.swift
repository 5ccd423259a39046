import API
import Foundation
import Platform
import Testing

@Suite struct CheckpointServiceTests {
    private func save(_ name: String, sequence: Int64, accuracy: Double, _ session: SessionRecord, _ fixture: PlatformFixture) async throws
    {
        let manifest = try await fixture.push(["model.bin": "weights \(name) \(sequence)"], by: fixture.alice)
        _ = try await fixture.platform.checkpoints.add(
            NewCheckpoint(
                epoch: 1, sequence: sequence, name: CheckpointName(parsing: name), time: Date(), step: sequence,
                summary: ["test/accuracy": MetricValue(accuracy)], manifest: manifest),
            to: session.name, by: fixture.alice)
    }

    @Test("a checkpoint posted twice is one, and a name saved again means the newer")
    func repeats() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            for _ in 0..<2 { try await save("best", sequence: 10, accuracy: 0.5, session, fixture) }
            try await save("best", sequence: 20, accuracy: 0.6, session, fixture)
            // A late repeat of the older one changes nothing.
            try await save("best", sequence: 10, accuracy: 0.5, session, fixture)
            let all = try await fixture.platform.checkpoints.list(of: session.name, for: fixture.alice)
            #expect(all.map(\.name.rawValue) == ["best"])
            #expect(all.first?.step == 20)
            let record = try await fixture.platform.sessions.get(session.name, afterEvent: nil, waitSeconds: 0, for: fixture.alice)
            #expect(record.checkpointCount == 1)
        }
    }

    @Test("retention keeps the best and the last")
    func retention() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice, keep: Retention(best: 1, last: 2))
            for (index, accuracy) in [0.1, 0.9, 0.2, 0.3, 0.4].enumerated() {
                try await save("\(index)", sequence: Int64(index + 1), accuracy: accuracy, session, fixture)
            }
            let names = try await fixture.platform.checkpoints.list(of: session.name, for: fixture.alice).map(\.name.rawValue)
            #expect(names == ["1", "3", "4"])
        }
    }

    @Test("checkpoints are removed by pattern, by their owner only")
    func removal() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            for (index, name) in ["epoch_1", "epoch_2", "best"].enumerated() {
                try await save(name, sequence: Int64(index), accuracy: 0.5, session, fixture)
            }
            let refused = await #expect(throws: Failure.self) {
                try await fixture.platform.checkpoints.remove("*", of: session.name, by: fixture.bob)
            }
            #expect(refused?.code == .forbidden)
            #expect(try await fixture.platform.checkpoints.remove("epoch_?", of: session.name, by: fixture.alice).count == 2)
            let nothing = await #expect(throws: Failure.self) {
                try await fixture.platform.checkpoints.remove("epoch_?", of: session.name, by: fixture.alice)
            }
            #expect(nothing?.code == .notFound)
        }
    }

    @Test(
        "a pattern matches as in a shell",
        arguments: [
            ("*", "", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("?", "", false), ("?", "é", true), ("*b*", "abc", true),
            ("a?c*", "abcxyz", true),
            ("", "", true), ("", "a", false), ("a**", "a", true), ("[a]", "a", false),
        ])
    func glob(pattern: String, text: String, expected: Bool) {
        #expect(Glob(pattern).matches(text) == expected)
    }
}
