package import API
package import Foundation

/// How many scores a user may get: a pure function of those asked for in the last hour.
package enum SubmitLimit {
    package static let period: TimeInterval = 3600
    /// Failed submissions count for nothing, yet each tells its author a line of code: so they have a bound of their own.
    package static let failuresPerHour = 30

    /// Throws `too_many_requests` with the time that is left.
    ///
    /// - Parameters:
    ///   - counted: when scores were asked for that the user got or may still get, oldest first, in the last hour.
    ///   - failed: when submissions were asked for that failed by their author's fault, oldest first, in the last hour.
    package static func check(
        _ dataset: DatasetName, perHour: Int?, counted: [Date], failed: [Date], now: Date
    ) throws {
        let limit = perHour ?? DatasetSettings.defaultSubmitsPerHour
        if limit > 0, counted.count >= limit {
            throw failure(limit, limit == 1 ? "score" : "scores", dataset, until: counted[counted.count - limit], now)
        }
        let failures = max(failuresPerHour, limit)
        if failed.count >= failures {
            throw failure(failures, "failed submissions", dataset, until: failed[failed.count - failures], now)
        }
    }

    private static func failure(_ limit: Int, _ what: String, _ dataset: DatasetName, until oldest: Date, _ now: Date) -> Failure {
        let left = Int(max(1, oldest.addingTimeInterval(period).timeIntervalSince(now).rounded(.up)))
        return Failure(
            .tooManyRequests, "rate limit exceeded: \(limit) \(what) an hour on \(dataset); remained time: \(left / 60)m\(left % 60)s",
            hint: "'nsml submit -t' runs on the sample, shows all and is not limited")
    }
}
