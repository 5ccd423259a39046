import API
import CLinux
import Content
package import Foundation
import Glibc
package import Logging
import Store

/// Makes a platform of a backup, in a directory of its own. Until all of it is there, no server starts on it.
package struct PlatformRestore: Sendable {
    private let backups: URL
    private let data: URL
    private let copies: Bool
    private let logger: Logger

    /// - Parameters:
    ///   - backups: what `PlatformBackup` wrote into.
    ///   - data: the platform's directory; empty, or not there yet.
    ///   - copies: copies files also where links would do.
    package init(backups: URL, data: URL, copies: Bool, logger: Logger) {
        self.backups = backups
        self.data = data
        self.copies = copies
        self.logger = logger
    }

    /// Restores the newest backup, or the one whose name begins with `name`. `progress` is told bytes done, and of how many.
    ///
    /// - Returns: what was restored, and how many sessions had been running when the backup was made.
    package func run(name: String?, progress: (Int64, Int64) -> Void) async throws -> (record: BackupRecord, ended: Int) {
        let record = try choose(name)
        try checkEmpty()
        let directory = try DataDirectory(data)
        let lock = try directory.lock()
        defer { close(lock) }
        let mark = directory.unfinishedRestore.path(percentEncoded: false)
        try DurableFile.write("\(record.name)\n".utf8, to: mark)
        let snapshot = StoreSnapshot(directory: backups.appending(path: record.name))
        let missing = try giveContent(of: snapshot, in: directory, progress)
        guard missing <= record.missingContent.count else {
            throw Failure(
                .corruptContent, "the backup \(record.name) lacks \(missing - record.missingContent.count) files, or they are damaged",
                hint: "restore another: 'nsml backup --list DIRECTORY' shows them")
        }
        try copyLogs(of: snapshot, to: directory)
        try snapshot.copy(to: data)
        for name in ["nsml.sqlite", "series.sqlite"] { chmod(data.appending(path: name).path(percentEncoded: false), 0o600) }
        let ended = try await settle(record)
        let root = try OpenFile(data.path(percentEncoded: false), O_RDONLY | O_DIRECTORY, called: "the platform's directory")
        guard nsml_syncfs(root.descriptor) == 0 else { throw Failure.system("write", "the platform's directory", errno) }
        unlink(mark)
        try root.sync()
        return (record, ended)
    }

    private func choose(_ name: String?) throws -> BackupRecord {
        let all = PlatformBackup.list(in: backups)
        guard let newest = all.last else {
            throw Failure.noSuch("backup", backups.path(percentEncoded: false), hint: "name the directory that was given to 'nsml backup'")
        }
        guard let name else { return newest }
        guard let record = all.last(where: { $0.name.hasPrefix(name) }) else {
            throw Failure.noSuch("backup", name, hint: "there are \(all.map(\.name).joined(separator: ", "))")
        }
        return record
    }

    private func checkEmpty() throws {
        let path = data.path(percentEncoded: false)
        // Not there is as good as empty.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard names.isEmpty else {
            throw Failure(
                .alreadyExists, "'\(path)' is not empty",
                hint: "a backup is restored into a directory of its own: --data names another, or move this one away")
        }
    }

    /// Returns how much the backup lacks.
    private func giveContent(of snapshot: StoreSnapshot, in directory: DataDirectory, _ progress: (Int64, Int64) -> Void) throws -> Int {
        // Makes the directories with their modes.
        _ = try ContentStore(directory: directory.content)
        let copy = ContentCopy(source: backups.appending(path: "content"), target: directory.content, copies: copies)
        let total = try snapshot.read { try $0.contentTotals().bytes }
        var (done, missing): (Int64, Int) = (0, 0)
        for byte in UInt8.min...UInt8.max {
            try Task.checkCancellation()
            for row in try snapshot.read({ try $0.content(firstByte: byte) }) {
                if try copy.give(row.digest, bytes: row.bytes) == .missing { missing += 1 }
                done += row.bytes
                progress(done, total)
            }
        }
        return missing
    }

    /// Copies: the sessions that are resumed write on in them.
    private func copyLogs(of snapshot: StoreSnapshot, to directory: DataDirectory) throws {
        for name in try FileManager.default.contentsOfDirectory(
            atPath: snapshot.directory.appending(path: "logs").path(percentEncoded: false))
        {
            try FileManager.default.copyItem(
                at: snapshot.directory.appending(path: "logs").appending(path: name), to: directory.logs.appending(path: name))
        }
    }

    /// What ran when the backup was made runs no more, and says why.
    private func settle(_ record: BackupRecord) async throws -> Int {
        let store = try Store(directory: data, logger: logger)
        let reason = "the platform was restored from a backup of \(Wire.format(record.createdAt))"
        let lost = try await store.read { try $0.sessions(in: SessionState.active).filter(\.record.holdsPlace) }
        var printed: [Int64: Int64] = [:]
        for session in lost { printed[session.id] = try await store.series.offset(session: session.id, stream: .output) }
        try await store.write { [printed] transaction in
            for session in lost {
                try transaction.setOutputBytes(id: session.id, printed[session.id] ?? 0)
                try transaction.setState(id: session.id, to: .failed, reason: reason, exit: nil, at: Date(), actor: "platform")
            }
        }
        try await store.removeUnknownSeries()
        try await AuditService(store: store, reserve: SpaceReserve(try DataDirectory(data))).record(
            action: "restore", object: "backup \(record.name)")
        try store.close()
        return lost.count
    }
}
