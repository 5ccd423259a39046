package import API
import Foundation

/// How a board came to be as it is: a pure function of its scores.
package enum RankHistory {
    /// - Parameter scores: those that compare, in the order in which they were asked for.
    /// - Returns: every moment at which a user's best became better, with the place that this gave.
    package static func changes(_ scores: [SubmissionRecord], order: MetricOrder) -> [RankChange] {
        var board: [SubmissionRecord] = []
        var changes: [RankChange] = []
        for next in scores {
            guard let score = next.score else { continue }
            let former = board.firstIndex { $0.user == next.user }
            if let former {
                guard isBefore(next, board[former], order) else { continue }
                board.remove(at: former)
            }
            let place = board.firstIndex { isBefore(next, $0, order) } ?? board.count
            board.insert(next, at: place)
            changes.append(
                RankChange(
                    recordedAt: next.createdAt, user: next.user, score: score, rank: place + 1, formerRank: former.map { $0 + 1 },
                    checkpoint: next.checkpoint))
        }
        return changes
    }

    /// The order of a board: the better score, then the earlier one, then the one of the smaller checkpoint.
    package static func isBefore(_ left: SubmissionRecord, _ right: SubmissionRecord, _ order: MetricOrder) -> Bool {
        let (one, other) = (left.score ?? .nan, right.score ?? .nan)
        if one != other { return (order == .ascending) == (one < other) }
        return (left.createdAt, left.checkpointBytes, left.number) < (right.createdAt, right.checkpointBytes, right.number)
    }
}
