import API
package import Foundation
import Glibc
import Synchronization

/// What the files of one directory hashed to the last time, so that an unchanged tree is not read again.
///
/// One file for each directory, DIRECTORY/HASH-OF-ITS-PATH:
///
///     "nsmlhash" 1 (UInt64)            all numbers little endian
///     for each file: digest (32), size, mtime ns, ctime ns, inode, device (8 each), length of the path (4), path
///     SHA-256 of all of the above (32)
///
/// A file whose size, times, inode or device differ is hashed again. A file that changed within two seconds of being
/// hashed is not remembered, because a change after that could carry the same times ("racy git"). A damaged or foreign
/// cache file counts as empty.
package final class HashCache: Sendable {
    private struct Record {
        var digest: Digest
        var status: FileStatus
    }

    private struct State {
        var known: [String: Record] = [:]
        var seen: [String: Record] = [:]
        var isChanged = false
    }

    private static let magic = Array("nsmlhash".utf8) + [1, 0, 0, 0, 0, 0, 0, 0]
    private static let racyNanoseconds: Int64 = 2_000_000_000
    /// Caches of directories that nobody pushed for so long are removed.
    private static let keptSeconds: Double = 90 * 86400

    private let file: URL
    private let state: Mutex<State>

    /// The cache for the tree at `root`, kept in `directory`. Blocks for the reading.
    package init(for root: URL, in directory: URL = HashCache.standardDirectory) {
        let path = root.resolvingSymlinksInPath().path(percentEncoded: false).trimmingTrailingSlash
        file = directory.appending(path: String(Digest(of: Array(path.utf8)).hex.prefix(32)))
        // No cache yet, or one that cannot be read: everything is hashed.
        let bytes = (try? Data(contentsOf: file)).map { [UInt8]($0) } ?? []
        state = Mutex(State(known: Self.decode(bytes) ?? [:]))
    }

    /// `$XDG_CACHE_HOME/nsml/hashes`, or `~/.cache/nsml/hashes`.
    package static var standardDirectory: URL {
        let environment = ProcessInfo.processInfo.environment
        let caches =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return caches.appending(path: "nsml/hashes")
    }

    /// What the file hashed to when it last had this status.
    func digest(of path: String, _ status: FileStatus) -> Digest? {
        state.withLock { state in
            guard let record = state.known[path], record.status.matches(status) else { return nil }
            state.seen[path] = record
            return record.digest
        }
    }

    /// Remembers a file that had `status` before and after it was hashed, at `now`.
    func remember(_ path: String, _ status: FileStatus, _ digest: Digest, now: Date = Date()) {
        let limit = Int64(now.timeIntervalSince1970 * 1e9) - Self.racyNanoseconds
        guard max(status.modifiedNanoseconds, status.changedNanoseconds) < limit else { return }
        state.withLock { state in
            state.seen[path] = Record(digest: digest, status: status)
            state.isChanged = true
        }
    }

    /// Replaces the file by what was seen since it was read. Blocks. Callers may ignore errors: only speed is lost.
    package func save() throws {
        let bytes: [UInt8]? = state.withLock { state in
            guard state.isChanged || state.seen.count != state.known.count else { return nil }
            return Self.encode(state.seen)
        }
        guard let bytes else { return }
        let directory = file.deletingLastPathComponent()
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data(bytes).write(to: file, options: .atomic)
        removeStale(in: directory)
    }

    private func removeStale(in directory: URL) {
        // Housekeeping: what cannot be listed or removed is left for another time.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))) ?? [] {
            let url = directory.appending(path: name)
            guard let status = FileStatus.of(url.path(percentEncoded: false)),
                Double(status.modifiedNanoseconds) / 1e9 < Date().timeIntervalSince1970 - Self.keptSeconds
            else { continue }
            unlink(url.path(percentEncoded: false))
        }
    }

    // MARK: Bytes

    private static func encode(_ records: [String: Record]) -> [UInt8] {
        var bytes = magic
        bytes.reserveCapacity(records.count * 160)
        for (path, record) in records {
            bytes += record.digest.bytes
            append(UInt64(bitPattern: record.status.size), &bytes)
            append(UInt64(bitPattern: record.status.modifiedNanoseconds), &bytes)
            append(UInt64(bitPattern: record.status.changedNanoseconds), &bytes)
            append(record.status.inode, &bytes)
            append(record.status.device, &bytes)
            append(UInt32(path.utf8.count), &bytes)
            bytes += Array(path.utf8)
        }
        return bytes + Digest(of: bytes).bytes
    }

    private static func decode(_ bytes: [UInt8]) -> [String: Record]? {
        let body = bytes.dropLast(Digest.byteCount)
        guard bytes.count >= magic.count + Digest.byteCount, body.starts(with: magic),
            Digest(bytes: bytes.suffix(Digest.byteCount)) == Digest(of: body)
        else { return nil }
        var records: [String: Record] = [:]
        var rest = body.dropFirst(magic.count)
        while !rest.isEmpty {
            guard rest.count >= Digest.byteCount + 44, let digest = Digest(bytes: rest.prefix(Digest.byteCount)) else { return nil }
            rest = rest.dropFirst(Digest.byteCount)
            var status = FileStatus(size: Int64(bitPattern: take(&rest)))
            status.modifiedNanoseconds = Int64(bitPattern: take(&rest))
            status.changedNanoseconds = Int64(bitPattern: take(&rest))
            status.inode = take(&rest)
            status.device = take(&rest)
            let length: UInt32 = take(&rest)
            guard rest.count >= Int(length) else { return nil }
            records[String(decoding: rest.prefix(Int(length)), as: UTF8.self)] = Record(digest: digest, status: status)
            rest = rest.dropFirst(Int(length))
        }
        return records
    }

    private static func append(_ number: some FixedWidthInteger, _ bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) }
    }

    private static func take<Number: FixedWidthInteger>(_ rest: inout ArraySlice<UInt8>) -> Number {
        let size = MemoryLayout<Number>.size
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}

extension FileStatus {
    init(size: Int64) {
        (self.size, mode, inode, device, modifiedNanoseconds, changedNanoseconds) = (size, 0, 0, 0, 0, 0)
    }

    /// Whether nothing that a change leaves behind differs.
    func matches(_ other: FileStatus) -> Bool {
        size == other.size && modifiedNanoseconds == other.modifiedNanoseconds && changedNanoseconds == other.changedNanoseconds
            && inode == other.inode && device == other.device
    }
}
