import API
package import Foundation
import Glibc
import Synchronization

/// How far a scan has come.
package struct ScanProgress: Sendable {
    package var files: Int
    package var totalFiles: Int
    package var bytes: Int64
    package var totalBytes: Int64
}

/// Walks a directory and hashes what is in it, in parallel.
package struct TreeScan: Sendable {
    /// How often `progress` is called at most: once in so many bytes or files.
    private static let progressBytes: Int64 = 16 << 20
    private static let progressFiles = 1000
    /// A file that changes while it is read is read again so often.
    private static let attempts = 3

    private let root: TreeRoot
    private let cache: HashCache?
    private let progress: (@Sendable (ScanProgress) -> Void)?

    /// Scans `directory`.
    ///
    /// - `followsLinks`: links to regular files count as the files; links to directories never do. Off where the tree
    ///   belongs to somebody whom the scanning process does not trust.
    /// - `keepsExecutable`: whether manifests tell executable files. Datasets do not: data is read, not run, and so every
    ///   file of a dataset can be a hard link to the content.
    /// - `cache`: saved at the end; what goes wrong with it only costs time.
    ///
    /// Throws a `Failure` that names the file for what cannot be read, and for a file that changes all the time.
    package static func scan(
        _ directory: URL, ignoring rules: IgnoreRules = .nothing, cache: HashCache? = nil, followsLinks: Bool = false,
        keepsExecutable: Bool = true, progress: (@Sendable (ScanProgress) -> Void)? = nil
    ) async throws -> Scan {
        let root = try TreeRoot(directory, followsLinks: followsLinks)
        let scan = TreeScan(root: root, cache: cache, progress: progress)
        return try await WorkerPool(label: "nsml.scan", width: 1).run {
            try scan.run(directory, rules, keepsExecutable: keepsExecutable)
        }
    }

    private func run(_ directory: URL, _ rules: IgnoreRules, keepsExecutable: Bool) throws -> Scan {
        var walk = TreeWalk(root)
        try walk.walk(rules)
        let counter = Mutex(
            ScanProgress(files: 0, totalFiles: walk.files.count, bytes: 0, totalBytes: walk.files.reduce(0) { $0 + $1.status.size }))
        // Large ones first, so that no core is left alone with one at the end.
        let files = walk.files.sorted { $0.status.size > $1.status.size }
        let found = try Parallel.map(files) { file -> Manifest.Entry? in
            let entry = try entry(of: file, keepsExecutable: keepsExecutable)
            count(file, counter)
            return entry
        }
        // Only speed depends on it.
        try? cache?.save()
        let entries = PathOrder.sorted(found.compactMap { $0 })
        return Scan(
            directory: directory, entries: entries, ignoredCount: walk.ignoredCount,
            skipped: walk.skipped.sorted { $0.path < $1.path }, totalBytes: entries.reduce(0) { $0 + $1.size }, root: root)
    }

    private func count(_ file: TreeWalk.File, _ counter: borrowing Mutex<ScanProgress>) {
        guard let progress else { return }
        let news = counter.withLock { state -> ScanProgress? in
            let before = state
            state.files += 1
            state.bytes += file.status.size
            let isNews =
                state.files == state.totalFiles || state.files / Self.progressFiles != before.files / Self.progressFiles
                || state.bytes / Self.progressBytes != before.bytes / Self.progressBytes
            return isNews ? state : nil
        }
        if let news { progress(news) }
    }

    /// nil when the file is gone since it was found: it was there for a moment only.
    private func entry(of file: TreeWalk.File, keepsExecutable: Bool) throws -> Manifest.Entry? {
        if let digest = cache?.digest(of: file.path, file.status) { return make(file.path, file.status, digest, keepsExecutable) }
        let descriptor = root.tryOpen(file.path)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Failure.system("read", file.path, errno)
        }
        let open = OpenFile(taking: descriptor, called: file.path)
        for _ in 0..<Self.attempts {
            let before = try open.status()
            guard before.isRegular else { throw Failure(.localError, "'\(file.path)' is no regular file any more") }
            let digest = try withScratch(Int(min(max(before.size, 1), Int64(ContentStore.blockBytes)))) {
                try open.hash(size: before.size, buffer: $0)
            }
            guard let digest, try open.status().matches(before) else { continue }
            cache?.remember(file.path, before, digest)
            return make(file.path, before, digest, keepsExecutable)
        }
        throw Failure(.localError, "'\(file.path)' changes while it is read", hint: "try again once nothing writes to it, or ignore it")
    }

    private func make(_ path: String, _ status: FileStatus, _ digest: Digest, _ keepsExecutable: Bool) -> Manifest.Entry {
        Manifest.Entry(path: path, digest: digest, size: status.size, isExecutable: keepsExecutable && status.isExecutable)
    }
}
