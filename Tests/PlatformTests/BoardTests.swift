import API
import Content
import Foundation
import Platform
import Testing

@Suite("Boards and submissions") struct BoardTests {
    private static let files = [
        "train/train_data": "1", "test/test_data": "secret data", "test/test_label": "secret labels",
        "data_loader.py": "def feed_infer(o, i): ...",
        "evaluation.py": "print(1)",
    ]

    private func push(
        _ files: [String: String] = files, change: DatasetChange? = nil, overwrite: Bool = false, _ fixture: PlatformFixture
    ) async throws -> DatasetRecord {
        try await fixture.platform.datasets.add(
            NewDatasetVersion(manifest: try await fixture.push(files, by: fixture.alice), overwrite: overwrite, settings: change),
            to: DatasetName(parsing: "digits"), by: fixture.alice)
    }

    /// A session of `user` on the dataset with one checkpoint, `best`.
    private func train(by user: Identity, bytes: Int = 3, _ fixture: PlatformFixture) async throws -> SessionRecord {
        let workspace = try await fixture.push(["main.py": ""], by: user)
        let session = try await fixture.platform.sessions.run(
            NewSession(
                workspace: workspace, entry: "main.py", arguments: [], datasets: [try DatasetReference(parsing: "digits")],
                resources: Resources(gpus: 0, cpus: 1, memoryBytes: 100_000_000, sharedMemoryBytes: 0)), by: user)
        let manifest = try await fixture.push(["w": String(repeating: "x", count: bytes)], by: user)
        _ = try await fixture.platform.checkpoints.add(
            NewCheckpoint(
                epoch: 1, sequence: 1, name: try CheckpointName(parsing: "best"), time: Date(), step: 1,
                summary: ["test/accuracy": MetricValue(0.5)], manifest: manifest),
            to: session.name, by: Identity(user: user.user, role: .user, session: session.name))
        try await fixture.progress(session, .running)
        try await fixture.progress(session, .finished, exit: ProcessExit(exitCode: 0))
        return session
    }

    private func submit(_ session: SessionRecord, by user: Identity, isTest: Bool = false, _ fixture: PlatformFixture) async throws
        -> SubmissionRecord
    {
        try await fixture.platform.submissions.submit(
            session.name, NewSubmission(checkpoint: try CheckpointName(parsing: "best"), isTest: isTest), by: user)
    }

    /// Says what the supervisor of a submission says at its end.
    private func end(_ submission: SubmissionRecord, score: Double? = nil, failure: String? = nil, _ fixture: PlatformFixture) async throws
    {
        let session = try #require(submission.session)
        let report = SubmissionReport(stage: .evaluate, loadSeconds: 0.5, inferSeconds: 1, score: score, failure: failure)
        try await fixture.platform.supervision.progress(SessionProgress(epoch: 1, state: .running, at: Date()), of: session)
        try await fixture.platform.supervision.progress(
            SessionProgress(epoch: 1, state: score == nil ? .failed : .finished, at: Date(), reason: failure, submission: report),
            of: session)
    }

    private func board(_ fixture: PlatformFixture, for user: Identity) async throws -> [BoardEntry] {
        try await fixture.platform.boards.board(of: try DatasetName(parsing: "digits"), limit: 0, for: user).entries
    }

    @Test("only the owner and administrators see anything of the hidden part, by whatever way")
    func hiddenPart() async throws {
        try await withPlatform { fixture in
            let mine = try await push(Self.files, fixture)
            #expect(mine.settings.metric == "custom")
            let reference = try DatasetReference(parsing: "digits")
            let datasets = fixture.platform.datasets
            let own = try await datasets.version(reference, for: fixture.alice)
            let seen = try await datasets.version(reference, for: fixture.bob)
            #expect(own.manifest == mine.version.manifest && own.fileCount == 5)
            #expect(seen.manifest != own.manifest && seen.fileCount == 3)
            #expect(
                try fixture.platform.contents.files(of: seen.manifest, limit: 0).files.map(\.path).allSatisfy { !$0.hasPrefix("test/") })
            #expect(try await datasets.get(reference.name, for: fixture.bob).version.manifest == seen.manifest)
            #expect(try await datasets.versions(of: reference.name, for: fixture.bob).map(\.manifest) == [seen.manifest])
            let listed = try await datasets.list(pattern: nil, limit: 9, after: nil, for: fixture.bob)
            #expect(listed.items.map(\.version.manifest) == [seen.manifest])
            #expect(try await datasets.version(reference, for: fixture.admin).manifest == own.manifest)
            // Not with a session's token either, be it the owner's session.
            let session = Identity(user: fixture.alice.user, role: .user, session: try SessionName(parsing: "alice/digits/1"))
            #expect(try await datasets.version(reference, for: session).manifest == seen.manifest)

            let label = Digest.of("secret labels")
            let foreign = #expect(throws: Failure.self) {
                try fixture.platform.contents.pack(DigestList(digests: [label]), of: seen.manifest)
            }
            #expect(foreign?.code == .notFound)
            // Who knows the digest still has to send the bytes before a workspace may name them.
            let known = DigestList(digests: [label, own.manifest])
            #expect(try await fixture.platform.contents.missing(known, for: fixture.bob).digests == known.digests)
        }
    }

    @Test("a push says what a board would miss")
    func missingFiles() async throws {
        try await withPlatform { fixture in
            let failure = await #expect(throws: Failure.self) {
                try await push(["train/a": "1"], change: DatasetChange(metric: "accuracy"), fixture)
            }
            #expect(
                failure?.message == "a leaderboard by accuracy needs data_loader.py, test/test_data, test/test_label, which are not there")
            _ = try await push(["train/a": "1"], change: DatasetChange(metric: "test/accuracy"), fixture)
        }
    }

    @Test("the best score of each user is ranked, equals by time, and a new version with other labels begins a new board")
    func order() async throws {
        try await withPlatform { fixture in
            _ = try await push(Self.files, fixture)
            let (alice, bob) = (try await train(by: fixture.alice, fixture), try await train(by: fixture.bob, fixture))
            for (user, session, score) in [
                (fixture.bob, bob, 0.5), (fixture.alice, alice, 0.4), (fixture.alice, alice, 0.5), (fixture.bob, bob, 0.3),
            ] {
                let submission = try await submit(session, by: user, fixture)
                #expect(submission.status == .running && submission.session?.user == user.user)
                try await end(submission, score: score, fixture)
            }
            let entries = try await board(fixture, for: fixture.alice)
            #expect(entries.map(\.user) == [fixture.bob.user, fixture.alice.user])
            #expect(entries.map(\.rank) == [1, 2] && entries.map(\.score) == [0.5, 0.5] && entries.map(\.count) == [2, 2])
            let name = try DatasetName(parsing: "digits")
            let history = try await fixture.platform.boards.history(of: name, limit: 10, for: fixture.bob)
            #expect(history.map(\.rank) == [2, 2, 1] && history.map(\.formerRank) == [2, nil, nil])
            // The sessions are gone, the scores stay, and others do not see whose they were one by one.
            let sessions = try await fixture.platform.sessions.list(SessionQuery(includeFinal: true), for: fixture.alice).items
            #expect(sessions.allSatisfy { $0.type == .normal })
            let other = await #expect(throws: Failure.self) {
                try await fixture.platform.submissions.get(2, afterChange: nil, waitSeconds: 0, for: fixture.bob)
            }
            #expect(other?.code == .notFound)
            #expect(try await fixture.platform.submissions.get(3, afterChange: nil, waitSeconds: 0, for: fixture.alice).rank == 2)

            _ = try await push(Self.files.merging(["train/more": "2"]) { $1 }, overwrite: true, fixture)
            #expect(try await board(fixture, for: fixture.bob).map(\.rank) == [1, 2])
            _ = try await push(Self.files.merging(["test/test_label": "other labels"]) { $1 }, overwrite: true, fixture)
            #expect(try await board(fixture, for: fixture.bob).map(\.rank) == [nil, nil])
            try await end(try await submit(alice, by: fixture.alice, fixture), score: 0.1, fixture)
            let renewed = try await board(fixture, for: fixture.bob)
            #expect(renewed.map(\.rank) == [1, nil] && renewed.map(\.version) == [3, 1])
        }
    }

    @Test("a session that scores shows nothing to its author, and only the owner reads what it printed")
    func secrecy() async throws {
        try await withPlatform { fixture in
            _ = try await push(Self.files, fixture)
            let session = try await train(by: fixture.bob, fixture)
            let stranger = await #expect(throws: Failure.self) { try await submit(session, by: fixture.alice, fixture) }
            #expect(stranger?.code == .forbidden)
            let submission = try await submit(session, by: fixture.bob, fixture)
            let name = try #require(submission.session)
            let platform = fixture.platform
            _ = try await platform.supervision.put(Array("secret data\n".utf8), to: .output, of: name, offset: 0, epoch: 1)
            for user in [fixture.bob, fixture.admin] {
                #expect(try await platform.sessions.get(name, afterEvent: nil, waitSeconds: 0, for: user).type == .submit)
                let attempts: [() async throws -> Void] = [
                    { _ = try await platform.output.read(name, from: .offset(0), limit: 100, waitSeconds: 0, for: user) },
                    { _ = try await platform.files.list(name, for: user) },
                    { _ = try await platform.checkpoints.list(of: name, for: user) },
                    { _ = try await platform.sessions.metrics(name, for: user) },
                    { _ = try await platform.sessions.series(name, metric: "x", fromStep: nil, toStep: nil, points: 10, for: user) },
                ]
                for attempt in attempts {
                    let refused = await #expect(throws: Failure.self) { try await attempt() }
                    #expect(refused?.code == .forbidden)
                }
            }
            try await end(submission, failure: "infer: ValueError at main.py:1", fixture)
            let failed = try await platform.submissions.get(submission.number, afterChange: nil, waitSeconds: 0, for: fixture.bob)
            #expect(failed.status == .failed && failed.failure == "infer: ValueError at main.py:1" && failed.session == nil)
            let hidden = await #expect(throws: Failure.self) { try await platform.submissions.output(of: failed.number, for: fixture.bob) }
            #expect(hidden?.code == .forbidden)
            #expect(try await platform.submissions.output(of: failed.number, for: fixture.alice) == Array("secret data\n".utf8))
        }
    }

    @Test("faults of the platform are made good and count for nothing; limits say how long they last")
    func limits() async throws {
        try await withPlatform { fixture in
            _ = try await push(Self.files, change: DatasetChange(submitsPerHour: 1), fixture)
            let session = try await train(by: fixture.bob, fixture)
            try await end(try await submit(session, by: fixture.bob, fixture), failure: "load: KeyError", fixture)
            var submission = try await submit(session, by: fixture.bob, fixture)
            for attempt in 2...3 {
                try await fixture.platform.supervision.progress(
                    SessionProgress(epoch: 1, state: .failed, at: Date(), reason: "supervision lost"), of: try #require(submission.session))
                submission = try await fixture.platform.submissions.get(
                    submission.number, afterChange: nil, waitSeconds: 0, for: fixture.bob)
                #expect(submission.attempts == attempt && submission.status == .running)
            }
            try await end(submission, score: 1, fixture)
            let limited = await #expect(throws: Failure.self) { try await submit(session, by: fixture.bob, fixture) }
            #expect(limited?.code == .tooManyRequests)
            #expect(limited?.message.hasPrefix("rate limit exceeded: 1 score an hour on digits; remained time: ") == true)
            let none = await #expect(throws: Failure.self) { try await submit(session, by: fixture.bob, isTest: true, fixture) }
            #expect(none?.message.contains("has no sample to test with") == true)
        }
    }

    @Test("a dataset without an evaluation is ranked by what training reports")
    func reported() async throws {
        try await withPlatform { fixture in
            _ = try await push(["train/a": "1"], change: DatasetChange(metric: "test/accuracy"), fixture)
            let session = try await train(by: fixture.bob, fixture)
            let failure = await #expect(throws: Failure.self) { try await submit(session, by: fixture.bob, fixture) }
            #expect(failure?.message.contains("nothing has to be submitted") == true)
            let name = try DatasetName(parsing: "digits")
            #expect(try await fixture.platform.boards.board(of: name, limit: 0, for: fixture.alice).isSelfReported)
        }
    }
}

extension Digest {
    fileprivate static func of(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }
}
