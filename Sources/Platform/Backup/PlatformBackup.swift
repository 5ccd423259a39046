import API
import CLinux
import Content
package import Foundation
import Glibc
import Store

/// Copies a platform beside its running server, as often as one likes, into one directory:
///
///     content/ab/cdef...       content by SHA-256, shared by all backups
///     2026-01-31T120000Z/      one backup: nsml.sqlite, series.sqlite, logs/, backup.json
///     .unfinished/             one that is being made, or was broken off
///
/// Only content that no earlier backup has is carried, and logs that have changed. A backup is there when it has its name: by then
/// all of it is on the disk.
package struct PlatformBackup: Sendable {
    /// Whoever removes datasets all the time keeps the copies from being of one moment. So often we begin anew.
    private static let attempts = 5

    private let data: URL
    private let target: URL
    private let copies: Bool

    /// - Parameters:
    ///   - data: the platform's directory.
    ///   - copies: copies files also where links would do.
    package init(data: URL, target: URL, copies: Bool) {
        self.data = data
        self.target = target
        self.copies = copies
    }

    private var content: URL { target.appending(path: "content") }
    private var unfinished: URL { target.appending(path: ".unfinished") }

    /// The finished backups in a directory, oldest first.
    package static func list(in target: URL) -> [BackupRecord] {
        // No directory, no backups.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: target.path(percentEncoded: false))) ?? []
        return names.sorted().compactMap { name in
            let file = target.appending(path: name).appending(path: BackupRecord.fileName)
            return DurableFile.read(BackupRecord.self, from: file.path(percentEncoded: false))
        }
    }

    /// Makes one. `progress` is told bytes done, and of how many. Blocks.
    ///
    /// - Parameter keep: so many of the newest are kept, and the others removed; nil keeps all.
    package func run(keep: Int?, progress: (Int64, Int64) -> Void) throws -> BackupRecord {
        guard FileManager.default.fileExists(atPath: data.appending(path: "nsml.sqlite").path(percentEncoded: false)) else {
            throw Failure.noSuch(
                "platform", data.path(percentEncoded: false), hint: "run it on the server's machine; --data names the platform's directory")
        }
        try makeDirectory(target)
        let lock = try lock()
        defer { close(lock) }
        let copy = ContentCopy(source: data.appending(path: "content"), target: content, copies: copies)
        try makeDirectory(content)
        try copy.prepare()
        let previous = Self.list(in: target).last.map { target.appending(path: $0.name) }
        var record = try attempt(copy, previous: previous, progress)
        var attempts = 1
        while !record.missingContent.isEmpty, attempts < Self.attempts {
            // Removed after the databases were copied, and before its turn came: later databases do not need it. What the platform
            // itself lacks is missing again.
            let before = record
            record = try attempt(copy, previous: previous, progress)
            record.newContentCount += before.newContentCount
            record.newContentBytes += before.newContentBytes
            attempts += 1
            if record.missingContent == before.missingContent { break }
        }
        try finish(&record)
        if let keep { try prune(keeping: keep) }
        return record
    }

    private func attempt(_ copy: ContentCopy, previous: URL?, _ progress: (Int64, Int64) -> Void) throws -> BackupRecord {
        try remove(unfinished)
        try makeDirectory(unfinished)
        let now = Date()
        let snapshot = try StoreSnapshot.make(of: data, in: unfinished)
        do {
            try snapshot.check()
        } catch let failure as Failure where failure.code == .corruptContent {
            throw Failure(
                .corruptContent, "no backup was made, and none removed: the platform's database is damaged",
                hint: "'nsml check' says more; the backups that are there are from before")
        }
        for name in ["nsml.sqlite", "series.sqlite"] { chmod(unfinished.appending(path: name).path(percentEncoded: false), 0o600) }
        let (totals, sessions) = try snapshot.read { (try $0.contentTotals(), try $0.sessionIds().count) }
        var record = BackupRecord(
            name: BackupRecord.name(for: now), createdAt: now, version: Version.current, sessions: sessions, contentCount: totals.count,
            contentBytes: totals.bytes, newContentCount: 0, newContentBytes: 0, logBytes: 0, missingContent: [])
        var done: Int64 = 0
        for byte in UInt8.min...UInt8.max {
            try Task.checkCancellation()
            for row in try snapshot.read({ try $0.content(firstByte: byte) }) {
                switch try copy.give(row.digest, bytes: row.bytes) {
                case .had: break
                case .made:
                    (record.newContentCount, record.newContentBytes) = (record.newContentCount + 1, record.newContentBytes + row.bytes)
                case .missing: record.missingContent.append("\(row.digest)")
                }
                done += row.bytes
                progress(done, totals.bytes)
            }
        }
        let logs = unfinished.appending(path: "logs")
        try makeDirectory(logs)
        for id in try snapshot.read({ try $0.sessionIds() }) {
            for name in ["\(id).log", "\(id).times"] {
                record.logBytes += try copyLog(name, into: logs, previous: previous?.appending(path: "logs"))
            }
        }
        return record
    }

    /// Logs grow where they lie, so they are never linked with the platform's; with an earlier backup's they are, unless they have grown.
    private func copyLog(_ name: String, into logs: URL, previous: URL?) throws -> Int64 {
        let source = data.appending(path: "logs").appending(path: name).path(percentEncoded: false)
        let path = logs.appending(path: name).path(percentEncoded: false)
        var status = stat()
        // A session that prints nothing, or was removed since.
        guard stat(source, &status) == 0 else { return 0 }
        if let earlier = previous?.appending(path: name).path(percentEncoded: false) {
            var old = stat()
            if stat(earlier, &old) == 0, old.st_size == status.st_size, old.st_mtim.tv_sec == status.st_mtim.tv_sec,
                old.st_mtim.tv_nsec == status.st_mtim.tv_nsec, link(earlier, path) == 0
            {
                return Int64(status.st_size)
            }
        }
        do { try FileManager.default.copyItem(atPath: source, toPath: path) } catch {
            guard access(source, F_OK) == 0 else { return 0 }
            throw Failure(.localError, "cannot copy the log '\(name)': \(error.localizedDescription)")
        }
        let times = [status.st_atim, status.st_mtim]
        // By it the next backup knows that nothing was added; without it the next one copies it again.
        utimensat(AT_FDCWD, path, times, 0)
        return Int64(status.st_size)
    }

    /// Has the disk keep it, and gives it its name.
    private func finish(_ record: inout BackupRecord) throws {
        try DurableFile.write(json: record, to: unfinished.appending(path: BackupRecord.fileName).path(percentEncoded: false), pretty: true)
        let directory = try OpenFile(target.path(percentEncoded: false), O_RDONLY | O_DIRECTORY, called: "the backup")
        guard nsml_syncfs(directory.descriptor) == 0 else { throw Failure.system("write", "the backup", errno) }
        let place = target.appending(path: record.name)
        guard rename(unfinished.path(percentEncoded: false), place.path(percentEncoded: false)) == 0 else {
            guard errno == EEXIST || errno == ENOTEMPTY else { throw Failure.system("name", "the backup", errno) }
            throw Failure.exists("backup", record.name, hint: "it was made in this very second")
        }
        try directory.sync()
    }

    /// Removes all but the newest backups, and then the content that only they had.
    private func prune(keeping count: Int) throws {
        let all = Self.list(in: target)
        guard all.count > count else { return }
        for record in all.dropLast(count) {
            try remove(unfinished)
            let place = target.appending(path: record.name)
            // First its name, so that no half of it is taken for a backup.
            guard rename(place.path(percentEncoded: false), unfinished.path(percentEncoded: false)) == 0 else {
                throw Failure.system("remove", record.name, errno)
            }
            try remove(unfinished)
        }
        let kept = all.suffix(count).map { StoreSnapshot(directory: target.appending(path: $0.name)) }
        for byte in UInt8.min...UInt8.max {
            var known: Set<Digest> = []
            for snapshot in kept { known.formUnion(try snapshot.read { try $0.content(firstByte: byte) }.map(\.digest)) }
            let directory = ContentCopy.directory(byte, in: content)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false)) {
                guard let digest = Digest(hex: directory.lastPathComponent + name), !known.contains(digest) else { continue }
                unlink(directory.appending(path: name).path(percentEncoded: false))
            }
        }
    }

    private func makeDirectory(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(.localError, "cannot make the directory '\(url.path(percentEncoded: false))': \(error.localizedDescription)")
        }
    }

    private func remove(_ url: URL) throws {
        guard access(url.path(percentEncoded: false), F_OK) == 0 else { return }
        do { try FileManager.default.removeItem(at: url) } catch {
            throw Failure(.localError, "cannot remove '\(url.path(percentEncoded: false))': \(error.localizedDescription)")
        }
    }

    private func lock() throws -> Int32 {
        let path = target.appending(path: ".lock").path(percentEncoded: false)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure.system("write into", target.path(percentEncoded: false), errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(
                .wrongState, "another backup into '\(target.path(percentEncoded: false))' is being made", hint: "wait for its end")
        }
        return descriptor
    }
}
