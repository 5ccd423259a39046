package import Foundation

/// What a backup holds; lies beside its databases as `backup.json`, and is written last.
package struct BackupRecord: Codable, Sendable {
    package static let fileName = "backup.json"

    /// Under which it lies in the directory of backups: its time, as in `2026-01-31T120000Z`.
    package var name: String
    /// The moment that it shows.
    package var createdAt: Date
    /// Of the program that made it.
    package var version: String
    package var sessions: Int
    package var contentCount: Int64
    package var contentBytes: Int64
    /// What no earlier backup in the same directory had.
    package var newContentCount: Int64
    package var newContentBytes: Int64
    package var logBytes: Int64
    /// Content that the platform itself lacks, or has damaged.
    package var missingContent: [String]

    package static func name(for time: Date) -> String {
        let format = Date.ISO8601FormatStyle().year().month().day().dateSeparator(.dash)
            .time(includingFractionalSeconds: false).timeSeparator(.omitted)
        return time.formatted(format) + "Z"
    }
}
