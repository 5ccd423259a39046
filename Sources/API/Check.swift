package import Foundation

/// A look at whether all that a platform keeps is whole.
package struct CheckRequest: RequestBody {
    package static let fields: Set<String> = ["readPercent"]
    /// How much of the content is read and compared with its hash, from 0 (nothing) to 100 (all), chosen by chance.
    package var readPercent: Double

    package init(readPercent: Double) { self.readPercent = readPercent }

    /// What is in it is damaged by no request.
    package func validated() throws -> CheckRequest {
        guard readPercent >= 0, readPercent <= 100 else {
            throw Failure.invalidValue("readPercent", "\(readPercent)", expected: "0 to 100")
        }
        return self
    }
}

/// Something that is not as it should be.
package struct CheckFinding: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// Pages, rows or references of the database.
        case database
        /// The audit log's chain.
        case audit
        /// A dataset version, a session's code or a checkpoint that cannot be given out whole.
        case manifest
        /// A file of content, or its row.
        case content
        /// What a session printed.
        case log
    }

    package var kind: Kind
    /// What it is about, by the name that people know.
    package var subject: String
    package var problem: String

    package init(_ kind: Kind, _ subject: String, _ problem: String) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
    }
}

/// A check while it runs, and what it found.
package struct CheckRecord: Codable, Sendable {
    package enum State: String, Codable, Sendable, CaseIterable {
        case running, finished, failed, cancelled
    }

    /// More findings are counted and not kept.
    package static let maximumFindings = 1_000

    package var state: State
    package var startedAt: Date
    package var finishedAt: Date?
    package var readPercent: Double
    /// Of the content that is read.
    package var doneBytes: Int64
    package var totalBytes: Int64
    package var auditEntries: Int64
    /// The hash of the last audit entry, in hexadecimal: kept elsewhere, it shows later whether entries were cut off.
    package var auditHash: String?
    package var manifestCount: Int64
    package var contentCount: Int64
    package var contentBytes: Int64
    package var readCount: Int64
    package var findings: [CheckFinding]
    package var findingCount: Int64
    /// Why it failed.
    package var reason: String?

    package init(startedAt: Date, readPercent: Double) {
        state = .running
        self.startedAt = startedAt
        self.readPercent = readPercent
        (doneBytes, totalBytes, auditEntries, manifestCount, contentCount, contentBytes, readCount) = (0, 0, 0, 0, 0, 0, 0)
        findings = []
        findingCount = 0
    }

    package mutating func note(_ finding: CheckFinding) {
        findingCount += 1
        if findings.count < Self.maximumFindings { findings.append(finding) }
    }
}
