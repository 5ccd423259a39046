package import API
package import Content
import Foundation
package import Store

/// Looks whether all that a platform keeps is whole: the database, the audit log, everything that has a name down to its last file, and
/// on request the bytes of the files. Works beside a running server, and on a directory that nobody serves.
package struct PlatformCheck: Sendable {
    /// Content that is younger may still wait for its row.
    private static let youngSeconds: Double = 3_600

    private let store: Store
    private let content: ContentStore
    private let directory: DataDirectory

    package init(store: Store, content: ContentStore, directory: DataDirectory) {
        self.store = store
        self.content = content
        self.directory = directory
    }

    /// Runs to the end, and tells `progress` how far it is. Cancelling ends it between two steps.
    package func run(_ request: CheckRequest, progress: @Sendable (CheckRecord) -> Void) async throws -> CheckRecord {
        var record = CheckRecord(startedAt: Date(), readPercent: try request.validated().readPercent)
        for problem in try await store.checkDatabases() { record.note(CheckFinding(.database, "the database", problem)) }
        try await part("the audit log", &record) { try await checkAudit(&$0) }
        progress(record)
        try await part("content", &record) { try await checkContent(&$0) }
        progress(record)
        // Before the names are looked at, so that what is found damaged is told with the names that need it.
        try await readContent(request.readPercent, &record, progress)
        try await part("datasets, sessions and checkpoints", &record) { try await checkManifests(&$0) }
        try await part("logs", &record) { try await checkLogs(&$0) }
        record.state = .finished
        record.finishedAt = Date()
        return record
    }

    /// What a damaged database does not give is a finding, and the rest is looked at all the same.
    private func part(_ subject: String, _ record: inout CheckRecord, _ body: (inout CheckRecord) async throws -> Void) async throws {
        do {
            try await body(&record)
        } catch let failure as Failure where failure.code == .corruptContent {
            record.note(CheckFinding(.database, subject, "cannot be looked through: the database is damaged there"))
        }
    }

    private func checkAudit(_ record: inout CheckRecord) async throws {
        let audit = try await store.checkAudit()
        if let problem = audit.problem { record.note(CheckFinding(.audit, "the audit log", problem.message)) }
        record.auditEntries = audit.last?.number ?? 0
        record.auditHash = audit.last?.hash
    }

    /// Every row has its file, of the right length; every file has its row, or is young.
    private func checkContent(_ record: inout CheckRecord) async throws {
        let young = Date(timeIntervalSinceNow: -Self.youngSeconds)
        for byte in UInt8.min...UInt8.max {
            try Task.checkCancellation()
            let rows = try await store.read { try $0.content(firstByte: byte) }
            let files = Dictionary(uniqueKeysWithValues: try content.list(firstByte: byte).map { ($0.digest, $0) })
            for row in rows {
                record.contentCount += 1
                record.contentBytes += row.bytes
                if let file = files[row.digest], file.bytes == row.bytes { continue }
                try await noteMissing(row, &record)
            }
            let known = Set(rows.map(\.digest))
            for file in files.values where !known.contains(file.digest) && file.storedAt < young {
                // Its row may have come after we looked.
                guard try await store.read({ try $0.contentBytes(of: file.digest) }) == nil else { continue }
                record.note(CheckFinding(.content, "content \(file.digest)", "nothing refers to it; the scrub removes it"))
            }
        }
    }

    private func noteMissing(_ row: (digest: Digest, bytes: Int64), _ record: inout CheckRecord) async throws {
        // A sweep may have taken both since.
        guard try await store.read({ try $0.contentBytes(of: row.digest) }) != nil else { return }
        let problem =
            if content.isDamaged(row.digest) {
                "damaged and put aside; push the same files again"
            } else if let size = content.size(of: row.digest) {
                "it has \(size) bytes and should have \(row.bytes)"
            } else {
                "its file is missing; push the same files again"
            }
        record.note(CheckFinding(.content, "content \(row.digest)", problem))
    }

    /// Everything that has a name can be given out: its manifest reads, and every file that it names is there.
    private func checkManifests(_ record: inout CheckRecord) async throws {
        let uses = try await store.read { try $0.manifestUses() }
        var findings: [Digest: [String]] = [:]
        for use in uses {
            try Task.checkCancellation()
            if findings[use.manifest] == nil {
                record.manifestCount += 1
                findings[use.manifest] = try await problems(of: use.manifest)
            }
            // A removal may have come between.
            guard let problems = findings[use.manifest], !problems.isEmpty,
                try await store.read({ try $0.manifestUses().contains { $0.use == use.use } })
            else { continue }
            for problem in problems { record.note(CheckFinding(.manifest, use.use, problem)) }
        }
    }

    private func problems(of manifest: Digest) async throws -> [String] {
        do {
            return try content.readManifest(manifest).entries.compactMap { entry in
                guard let size = content.size(of: entry.digest) else {
                    return "'\(entry.path)' is \(content.isDamaged(entry.digest) ? "damaged" : "missing"); push the same files again"
                }
                return size == entry.size ? nil : "'\(entry.path)' has \(size) bytes and should have \(entry.size)"
            }
        } catch let failure as Failure {
            return ["its list of files cannot be read: \(failure.message)"]
        }
    }

    /// What a session printed is there as far as the server has said that it is.
    private func checkLogs(_ record: inout CheckRecord) async throws {
        for session in try await store.read({ try $0.loggedSessions() }) {
            let length = OutputLog(directory: directory, session: session.id).bytes
            guard length < session.outputBytes, try await store.read({ try $0.session(id: session.id) }) != nil else { continue }
            record.note(
                CheckFinding(.log, "session \(session.name)", "its log has \(length) bytes and should have \(session.outputBytes)"))
        }
    }

    private func readContent(
        _ percent: Double, _ record: inout CheckRecord, _ progress: @Sendable (CheckRecord) -> Void
    ) async throws {
        guard percent > 0 else { return }
        record.totalBytes = Int64(Double(record.contentBytes) * percent / 100)
        let salt = UInt64.random(in: 0...UInt64.max)
        let inspection = Inspection(content) { digest in percent >= 100 || Self.chance(of: digest, salt) < percent }
        while true {
            try Task.checkCancellation()
            let step = try await inspection.step()
            record.readCount += Int64(step.checkedCount)
            record.doneBytes += step.checkedBytes
            for digest in step.damaged {
                record.note(CheckFinding(.content, "content \(digest)", "damaged, and put aside now; push the same files again"))
            }
            for digest in step.unreadable { record.note(CheckFinding(.content, "content \(digest)", "the disk cannot read it")) }
            progress(record)
            if step.isOver { return }
        }
    }

    /// From 0 to 100, another for each salt: which content is read is chance, and not always the same.
    private static func chance(of digest: Digest, _ salt: UInt64) -> Double {
        let word = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } ^ salt
        let mixed = (word ^ (word >> 31)) &* 0x9E37_79B9_7F4A_7C15
        return Double(mixed >> 11) / Double(1 << 53) * 100
    }
}
