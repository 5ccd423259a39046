package import API
import Content
import Foundation
package import Store

/// Saved models.
package struct CheckpointService: Sendable {
    private let store: Store
    private let contents: ContentService
    private let dispatcher: Dispatcher
    private let feed: Feed
    private let quota: StorageQuota
    private let reserve: SpaceReserve

    package init(
        store: Store, contents: ContentService, dispatcher: Dispatcher, feed: Feed, quota: StorageQuota, reserve: SpaceReserve
    ) {
        self.reserve = reserve
        self.quota = quota
        self.store = store
        self.contents = contents
        self.dispatcher = dispatcher
        self.feed = feed
    }

    /// Oldest first.
    package func list(of name: SessionName, for identity: Identity) async throws -> [CheckpointRecord] {
        try await store.read { transaction in
            try transaction.checkpoints(session: try transaction.visibleSession(name, to: identity).id)
        }
    }

    package func get(_ reference: CheckpointReference, for identity: Identity) async throws -> CheckpointRecord {
        try await store.read { try $0.visibleCheckpoint(reference, to: identity) }
    }

    /// Takes a checkpoint whose content has been sent, and lets go of those that the session's retention does not keep.
    package func add(_ new: NewCheckpoint, to name: SessionName, by identity: Identity) async throws -> CheckpointRecord {
        let tree = try await contents.acceptManifest(new.manifest, from: identity)
        let manifest = tree.manifest
        let (session, record) = try await store.write { transaction in
            guard let session = try transaction.session(name) else { throw Failure.noSession(name) }
            guard session.epoch == new.epoch else {
                throw Failure(.staleEpoch, "placement \(new.epoch) of session \(name) is over")
            }
            try tree.require(in: transaction)
            if !session.record.isPrivate { try transaction.publishContent(tree.digests) }
            let (record, isNew) = try transaction.insertCheckpoint(
                session: session.id, new, fileCount: manifest.entries.count, bytes: manifest.totalBytes)
            guard isNew else { return (session, record) }
            _ = try transaction.appendEvent(
                session: session.id, actor: "session", event: "checkpoint", detail: new.name.rawValue, at: new.time)
            if let keep = session.record.keep {
                let settings = try session.record.datasets.first.flatMap { try transaction.dataset($0.name)?.settings }
                let all = try transaction.checkpoints(session: session.id)
                let surplus = keep.surplus(of: all, metric: settings?.metric, order: settings?.order)
                _ = try transaction.removeCheckpoints(session: session.id, surplus)
            }
            try transaction.requireRoom(for: session.name.user, added: manifest.totalBytes)
            return (try transaction.session(id: session.id) ?? session, record)
        }
        quota.claimed(manifest.totalBytes, by: session.name.user)
        await dispatcher.resumable(session)
        feed.changed(session.id)
        return record
    }

    /// Removes the checkpoints whose names match; `*` and `?` stand for any text and any character.
    package func remove(_ pattern: String, of name: SessionName, by identity: Identity) async throws -> [CheckpointRecord] {
        let (removed, after) = try await reserve.making {
            try await store.write { try Self.remove(pattern, of: name, by: identity, in: $0) }
        }
        await dispatcher.resumable(after)
        return removed
    }

    private static func remove(_ pattern: String, of name: SessionName, by identity: Identity, in transaction: Transaction) throws
        -> ([CheckpointRecord], StoredSession)
    {
        let session = try transaction.changeableSession(name, by: identity, to: "remove checkpoints of")
        let names = try transaction.checkpoints(session: session.id).map(\.name).filter { Glob(pattern).matches($0.rawValue) }
        guard !names.isEmpty else {
            throw Failure.noSuch("checkpoint", "\(name)/\(pattern)", hint: "'nsml model ls \(name)' lists them")
        }
        let now = Date()
        let removed = try transaction.removeCheckpoints(session: session.id, names)
        for record in removed {
            _ = try transaction.appendEvent(
                session: session.id, actor: identity.user.rawValue, event: "checkpoint removed", detail: record.name.rawValue, at: now)
        }
        return (removed, try transaction.session(id: session.id) ?? session)
    }
}

extension Retention {
    /// The checkpoints that this retention lets go of.
    ///
    /// - Parameters:
    ///   - checkpoints: all of a session, oldest first.
    ///   - metric: the dataset's, where the retention names none.
    package func surplus(of checkpoints: [CheckpointRecord], metric datasetMetric: String?, order datasetOrder: MetricOrder?)
        -> [CheckpointName]
    {
        guard best != nil || last != nil else { return [] }
        var kept = Set(checkpoints.suffix(last ?? 0).map(\.name))
        if let best, let (name, order) = judge(checkpoints, datasetMetric, datasetOrder) {
            var ranked: [(age: Int, name: CheckpointName, value: Double)] = []
            for (age, record) in checkpoints.enumerated() {
                guard let value = record.summary[name]?.value, !value.isNaN else { continue }
                ranked.append((age, record.name, value))
            }
            ranked.sort { left, right in
                // Of equals the earlier one is the better: it took less work.
                if left.value == right.value { return left.age < right.age }
                return (order == .ascending) == (left.value < right.value)
            }
            kept.formUnion(ranked.prefix(best).map { $0.name })
        } else if best != nil {
            // Nothing to judge by: then nothing is thrown away on a guess.
            return []
        }
        // The newest is what a session goes on from: it always stays until a newer one is there.
        if let newest = checkpoints.last { kept.insert(newest.name) }
        return checkpoints.map(\.name).filter { !kept.contains($0) }
    }

    private func judge(_ checkpoints: [CheckpointRecord], _ datasetMetric: String?, _ datasetOrder: MetricOrder?) -> (String, MetricOrder)?
    {
        let reported = Set(checkpoints.flatMap(\.summary.keys))
        if let metric { return (metric, order ?? datasetOrder ?? Self.guessedOrder(of: metric)) }
        if let datasetMetric, reported.contains(datasetMetric) { return (datasetMetric, order ?? datasetOrder ?? .descending) }
        let ranked = reported.filter { Self.looksJudged($0) }
            .sorted { (Self.preference($0), $0) < (Self.preference($1), $1) }
        return ranked.first.map { ($0, order ?? Self.guessedOrder(of: $0)) }
    }

    private static func looksJudged(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["acc", "loss", "error", "f1", "auc", "score", "mse", "cer", "wer"].contains { name.contains($0) }
    }

    /// What was measured on data that the training does not see says more.
    private static func preference(_ name: String) -> Int {
        let name = name.lowercased()
        if name.contains("test") { return 0 }
        if name.contains("val") { return 1 }
        return 2
    }

    private static func guessedOrder(of name: String) -> MetricOrder {
        let name = name.lowercased()
        return ["loss", "error", "mse", "cer", "wer"].contains { name.contains($0) } ? .ascending : .descending
    }
}
