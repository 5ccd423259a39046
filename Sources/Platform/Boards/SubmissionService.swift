package import API
package import Content
import Foundation
package import Store

/// Scores checkpoints on the hidden test part of their dataset.
package struct SubmissionService: Sendable {
    /// Somebody waits for a score: it goes before training of the same priority.
    private static let priorityBonus = 10
    private static let maximumBatch = 1_000_000
    /// The end of a log that is longer is what an owner gets.
    private static let maximumOutputBytes: Int64 = 4 << 20

    private let store: Store
    private let content: ContentStore
    private let creation: SessionCreation
    private let feed: Feed
    private let directory: DataDirectory

    package init(store: Store, content: ContentStore, creation: SessionCreation, feed: Feed, directory: DataDirectory) {
        self.store = store
        self.content = content
        self.creation = creation
        self.feed = feed
        self.directory = directory
    }

    /// What waiters for a submission wait for; sessions' keys are positive.
    package static func feedKey(_ number: Int64) -> Int64 { -number }

    /// Begins to score a checkpoint of the caller's own session.
    package func submit(_ name: SessionName, _ new: NewSubmission, by identity: Identity) async throws -> SubmissionRecord {
        try Self.check(new)
        let reference = CheckpointReference(session: name, checkpoint: new.checkpoint)
        let (source, checkpoint, dataset) = try await store.read { transaction in
            let session = try transaction.changeableSession(name, by: identity, to: "submit checkpoints of")
            let checkpoint = try transaction.visibleCheckpoint(reference, to: identity)
            guard let first = session.record.datasets.first else {
                throw Failure(
                    .invalidRequest, "session \(name) has no dataset, so there is nothing to score it on",
                    hint: "run it with -d DATASET")
            }
            return (session.record, checkpoint, try transaction.visibleDataset(first.name, to: identity))
        }
        let metric = try Self.metric(of: dataset)
        try checkFiles(of: dataset, isTest: new.isTest)
        let request = Self.session(for: new, of: source, checkpoint: reference, dataset: dataset)
        let now = Date()
        let number = try await creation.create(request, by: identity) { transaction, session in
            try Self.checkLimit(of: dataset, isTest: new.isTest, user: identity.user, now: now, in: transaction)
            guard let part = try transaction.publicPart(of: dataset.name, version: dataset.version.number) else {
                throw Failure.noDataset(dataset.name)
            }
            return try transaction.insertSubmission(
                NewSubmissionRow(
                    dataset: dataset.name, version: dataset.version.number, scoring: part.scoring, metric: metric,
                    order: dataset.settings.order, user: identity.user, checkpoint: reference, checkpointBytes: checkpoint.bytes,
                    isTest: new.isTest, batchSize: new.batchSize,
                    startLimitSeconds: dataset.settings.startLimitSeconds ?? DatasetSettings.defaultStartLimitSeconds,
                    inferLimitSeconds: dataset.settings.inferLimitSeconds ?? DatasetSettings.defaultInferLimitSeconds,
                    sessionId: session.id, createdAt: now)
            ).record.number
        }.also
        return try await get(number, afterChange: nil, waitSeconds: 0, for: identity)
    }

    private static func check(_ new: NewSubmission) throws {
        if let size = new.batchSize, !(1...maximumBatch).contains(size) {
            throw Failure.invalidValue("batch", "\(size)", expected: "1 to \(maximumBatch) inputs at a time")
        }
    }

    /// The board may have been made after the files were pushed; and not every dataset has a sample.
    private func checkFiles(of dataset: DatasetRecord, isTest: Bool) throws {
        let entries = try content.readManifest(dataset.version.manifest).entries
        try DatasetParts.check(entries, metric: dataset.settings.metric)
        guard !isTest || DatasetParts.holds("test_submit/test_data", entries) else {
            throw Failure(
                .invalidRequest, "dataset \(dataset.name) has no sample to test with: its owner has pushed no test_submit/test_data",
                hint: "without -t the checkpoint is scored")
        }
    }

    private static func metric(of dataset: DatasetRecord) throws -> String {
        guard let metric = dataset.settings.metric else { throw Failure.noBoard(dataset.name) }
        guard dataset.settings.isScored else {
            throw Failure(
                .invalidRequest, "\(dataset.name) is ranked by '\(metric)' as training reports it: nothing has to be submitted",
                hint: "'nsml dataset board \(dataset.name)' shows the ranks")
        }
        return metric
    }

    /// The session that does the work. It never has a network, and of the datasets only the one that it is scored on.
    static func session(
        for new: NewSubmission, of source: SessionRecord, checkpoint: CheckpointReference, dataset: DatasetRecord
    ) -> NewSession {
        var resources = source.resources
        resources.gpus = new.gpus ?? resources.gpus
        resources.memoryBytes = new.memoryBytes ?? resources.memoryBytes
        resources.sharedMemoryBytes = min(resources.sharedMemoryBytes, resources.memoryBytes)
        return NewSession(
            workspace: nil, entry: source.entry, arguments: source.arguments,
            datasets: [DatasetReference(name: dataset.name, version: dataset.version.number)], resources: resources,
            priority: min(100, source.priority + priorityBonus), memo: "scores \(checkpoint)", isPrivate: source.isPrivate, network: false,
            type: new.isTest ? .submitTest : .submit, parent: checkpoint)
    }

    private static func checkLimit(
        of dataset: DatasetRecord, isTest: Bool, user: UserName, now: Date, in transaction: Transaction
    ) throws {
        guard !isTest else { return }
        let since = now.addingTimeInterval(-SubmitLimit.period)
        func times(_ statuses: [SubmissionStatus]) throws -> [Date] {
            try transaction.submissionTimes(user: user, dataset: dataset.name, since: since, in: statuses)
        }
        try SubmitLimit.check(
            dataset.name, perHour: dataset.settings.submitsPerHour, counted: try times([.queued, .running, .scored]),
            failed: try times([.failed]), now: now)
    }

    // MARK: Looking

    /// The submission, as soon as something newer than change `afterChange` has happened to it, or `waitSeconds` are over.
    package func get(_ number: Int64, afterChange: Int64?, waitSeconds: Double, for identity: Identity) async throws -> SubmissionRecord {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(waitSeconds)
        let key = Self.feedKey(number)
        while true {
            let ticket = feed.ticket(for: key)
            let found = try await store.read { try Self.visible(number, to: identity, in: $0) }
            let left = clock.now.duration(to: deadline) / .seconds(1)
            guard let afterChange, found.changeNumber <= afterChange, !found.status.isFinal, left > 0, !feed.isClosed else { return found }
            await feed.wait(for: key, after: ticket, seconds: left)
            try Task.checkCancellation()
        }
    }

    /// Its author's, its dataset's owner's and the administrators' to see.
    private static func visible(_ number: Int64, to identity: Identity, in transaction: Transaction) throws -> SubmissionRecord {
        guard var record = try transaction.submission(number)?.record, let dataset = try transaction.dataset(record.dataset.name),
            record.user == identity.user || Access.mayChange(dataset, identity)
        else { throw Failure.noSubmission(number) }
        guard record.status == .scored, !record.isTest else { return record }
        let board = try transaction.currentBoard(of: dataset, limit: Int(Int32.max))
        record.rank = board.first { $0.submission == number }?.rank
        return record
    }

    /// The caller's own, newest first; with `everyone` all of a dataset that the caller may change.
    package func list(
        dataset: DatasetName?, source: SessionName?, everyone: Bool, limit: Int, after: String?, for identity: Identity
    ) async throws -> Page<SubmissionRecord> {
        let before = try after.map { text in
            guard let number = Int64(text) else { throw Failure.invalidValue("after", text, expected: "'next' of the page before") }
            return number
        }
        return try await store.read { transaction in
            if everyone {
                guard let dataset else { throw Failure(.invalidRequest, "everybody's submissions are listed for one dataset at a time") }
                _ = try transaction.changeableDataset(dataset, by: identity, to: "see all submissions to")
            }
            return try transaction.submissions(
                user: everyone ? nil : identity.user, dataset: dataset, source: source, limit: limit, before: before)
        }
    }

    /// What it printed, the end of it if that is long: for those whose test data it is.
    package func output(of number: Int64, for identity: Identity) async throws -> [UInt8] {
        let submission = try await store.read { transaction in
            _ = try Self.visible(number, to: identity, in: transaction)
            guard let submission = try transaction.submission(number) else { throw Failure.noSubmission(number) }
            guard !submission.record.isTest else { return submission }
            guard let dataset = try transaction.dataset(submission.record.dataset.name), Access.mayChange(dataset, identity) else {
                throw Failure(
                    .forbidden, "what submission \(number) printed is for the owner of \(submission.record.dataset.name)",
                    hint: "'nsml submit -t' runs on the sample and shows all")
            }
            return submission
        }
        let log = OutputLog(directory: directory, session: submission.sessionId)
        let end = log.bytes
        return try log.read(from: max(0, end - Self.maximumOutputBytes), limit: Int(Self.maximumOutputBytes), end: end)
    }
}

extension Failure {
    package static func noSubmission(_ number: Int64) -> Failure {
        noSuch("submission", number, hint: "'nsml submit --status' lists yours")
    }

    package static func noBoard(_ dataset: DatasetName) -> Failure {
        Failure(
            .notFound, "dataset \(dataset) has no leaderboard",
            hint: "its owner makes one, as in 'nsml dataset change \(dataset) --metric test/accuracy --order descending'")
    }
}
