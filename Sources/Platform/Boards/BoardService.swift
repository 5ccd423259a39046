package import API
import Foundation
package import Store

/// Leaderboards.
package struct BoardService: Sendable {
    /// A history reaches back so many scores.
    private static let maximumHistory = 100_000

    private let store: Store

    package init(store: Store) { self.store = store }

    /// - Parameter limit: how many rows; 0 for all.
    package func board(of name: DatasetName, limit: Int, for identity: Identity) async throws -> Board {
        let limit = limit > 0 ? limit : Int(Int32.max)
        let dataset = try await store.read { try $0.visibleDataset(name, to: identity) }
        guard let metric = dataset.settings.metric else { throw Failure.noBoard(name) }
        let entries =
            dataset.settings.isScored
            ? try await store.read { transaction in
                let current = try transaction.currentBoard(of: dataset, limit: limit)
                guard let part = try transaction.publicPart(of: name, version: dataset.version.number) else { return current }
                let old = try transaction.outdatedScores(of: name, scoring: part.scoring, metric: metric, limit: limit)
                return Array((current + old).prefix(limit))
            } : try await reported(metric, of: dataset, limit: limit, for: identity)
        return Board(
            dataset: name, version: dataset.version.number, metric: metric, order: dataset.settings.order,
            isSelfReported: !dataset.settings.isScored, entries: entries)
    }

    /// How places changed, newest first.
    package func history(of name: DatasetName, limit: Int, for identity: Identity) async throws -> [RankChange] {
        let dataset = try await store.read { try $0.visibleDataset(name, to: identity) }
        guard let metric = dataset.settings.metric else { throw Failure.noBoard(name) }
        guard dataset.settings.isScored else {
            throw Failure(
                .invalidRequest, "the board of \(name) is made of what sessions report, and has no history",
                hint: "'nsml ps -a -d \(name) --sort \(metric)' lists the sessions")
        }
        let scores = try await store.read { transaction in
            guard let part = try transaction.publicPart(of: name, version: dataset.version.number) else { return [SubmissionRecord]() }
            return try transaction.scores(of: name, scoring: part.scoring, metric: metric, limit: Self.maximumHistory)
        }
        return Array(RankHistory.changes(scores, order: dataset.settings.order).reversed().prefix(limit))
    }

    // MARK: Boards of reports

    /// Every user's best session by what it reported.
    private func reported(_ metric: String, of dataset: DatasetRecord, limit: Int, for identity: Identity) async throws -> [BoardEntry] {
        var best: [UserName: (session: SessionRecord, count: Int)] = [:]
        var query = SessionQuery(dataset: dataset.name, includeFinal: true, sort: .metric(metric, dataset.settings.order), limit: 1000)
        repeat {
            let asked = query
            let page = try await store.read { try $0.sessions(asked, viewer: identity) }
            for session in page.items where session.type == .normal || session.type == .fork {
                guard let known = best[session.name.user] else {
                    best[session.name.user] = (session, 1)
                    continue
                }
                best[session.name.user] = (known.session, known.count + 1)
            }
            // The sessions without the metric come last.
            query.after = page.next.flatMap { $0.hasPrefix("-:") ? nil : $0 }
        } while query.after != nil
        var entries: [BoardEntry] = []
        for (session, count) in best.values {
            if let entry = try await entry(of: session, count: count, metric: metric, order: dataset.settings.order) {
                entries.append(entry)
            }
        }
        entries.sort { left, right in
            if left.score != right.score { return (dataset.settings.order == .ascending) == (left.score < right.score) }
            return (left.recordedAt, left.checkpointBytes ?? .max) < (right.recordedAt, right.checkpointBytes ?? .max)
        }
        for index in entries.indices { entries[index].rank = index + 1 }
        return Array(entries.prefix(limit))
    }

    /// nil for a session that has never reported a finite value.
    private func entry(of session: SessionRecord, count: Int, metric: String, order: MetricOrder) async throws -> BoardEntry? {
        let (id, checkpoints) = try await store.read { transaction in
            guard let stored = try transaction.session(session.name) else { return (nil as Int64?, [CheckpointRecord]()) }
            return (stored.id, try transaction.checkpoints(session: stored.id))
        }
        guard let id, let summary = try await store.series.metrics(session: id).first(where: { $0.name == metric }),
            let value = (order == .ascending ? summary.minimum : summary.maximum)?.value, value.isFinite
        else { return nil }
        let checkpoint = checkpoints.first { $0.summary[metric]?.value == value }
        return BoardEntry(
            rank: nil, user: session.name.user, score: value, session: session.name, checkpoint: checkpoint?.name,
            checkpointBytes: checkpoint?.bytes, count: count,
            recordedAt: checkpoint?.createdAt ?? session.finishedAt ?? session.startedAt ?? session.createdAt,
            version: session.datasets.first?.version, submission: nil)
    }
}

extension Transaction {
    /// The scores that compare with the dataset's newest version and its metric, ranked.
    func currentBoard(of dataset: DatasetRecord, limit: Int) throws -> [BoardEntry] {
        guard let metric = dataset.settings.metric, let part = try publicPart(of: dataset.name, version: dataset.version.number) else {
            return []
        }
        return try board(of: dataset.name, scoring: part.scoring, metric: metric, order: dataset.settings.order, limit: limit)
    }
}
