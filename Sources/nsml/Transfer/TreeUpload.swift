import API
import Client
import Content
import Foundation

/// Sends directories to the server, and says how that goes.
struct TreeUpload: Sendable {
    enum Verbosity: Sendable {
        case silent, summary, files
    }

    /// A workspace larger than this is worth a word: most likely something in it is no code.
    private static let largeWorkspaceBytes: Int64 = 10_000_000

    let client: APIClient
    let output: Output
    let verbosity: Verbosity

    /// Sends the user's code. Returns the digest of its manifest.
    func workspace(at directory: URL) async throws -> Digest {
        if verbosity == .files { Output.note(".nsmlignore check - start") }
        let rules = try IgnoreRules.workspace(at: directory)
        if verbosity == .files { Output.note(".nsmlignore check - done\nfile integrity check - start") }
        let scan = try await scan(directory, rules, keepsExecutable: true)
        if verbosity == .files { Output.note("file integrity check - done") }
        guard !scan.entries.isEmpty else {
            throw Failure(
                .localError, "there is nothing to run in this directory", hint: "'nsml run' uploads the directory that it is called in")
        }
        if scan.totalBytes > Self.largeWorkspaceBytes, verbosity != .silent {
            Output.note("the directory has \(ByteSize.format(scan.totalBytes)): list what the code does not need in .nsmlignore")
        }
        return try await send(scan)
    }

    /// A dataset that was looked through and is not sent yet.
    struct Dataset: Sendable {
        fileprivate var scans: [Scan]
        fileprivate var manifest: Manifest
        /// What the server will call its files by.
        let digest: Digest
    }

    /// Looks through a dataset's files, without sending anything.
    func prepare(_ layout: DatasetLayout) async throws -> Dataset {
        let scan = try await scan(layout.directory, .dataset, keepsExecutable: false)
        guard !scan.entries.isEmpty else {
            throw Failure(.localError, "there are no files in '\(layout.directory.path(percentEncoded: false))'")
        }
        var scans = [scan]
        var entries = scan.entries
        if layout.movesBelowTrain {
            for index in entries.indices { entries[index].path = "train/\(entries[index].path)" }
        }
        if let evaluation = layout.evaluation {
            let single = try await single(evaluation)
            entries.removeAll { $0.path == DatasetLayout.evaluationName }
            entries += single.entries.map { entry in
                var entry = entry
                entry.path = DatasetLayout.evaluationName
                return entry
            }
            scans.append(single)
        }
        let manifest = try Manifest(entries: entries)
        return Dataset(scans: scans, manifest: manifest, digest: Digest(of: manifest.bytes))
    }

    /// Sends what the server lacks of a dataset.
    func send(_ dataset: Dataset) async throws {
        for scan in dataset.scans.dropFirst() { _ = try await Push(client).run(scan) }
        if let scan = dataset.scans.first { _ = try await send(scan, as: dataset.manifest) }
    }

    /// One file from elsewhere.
    private func single(_ file: URL) async throws -> Scan {
        let name = file.lastPathComponent
        let literal = name.map { "\\*?[]!# ".contains($0) ? "\\\($0)" : String($0) }.joined()
        let directory = file.deletingLastPathComponent()
        let scan = try await TreeScan.scan(
            directory, ignoring: IgnoreRules(parsing: "/*\n!/\(literal)"), followsLinks: true, keepsExecutable: false)
        guard scan.entries.map(\.path) == [name] else { throw Failure.noSuch("file", file.path(percentEncoded: false)) }
        return scan
    }

    private func scan(_ directory: URL, _ rules: IgnoreRules, keepsExecutable: Bool) async throws -> Scan {
        let progress = ProgressLine("looking through the files", terminal: output.terminal)
        defer { progress.finish() }
        let scan = try await TreeScan.scan(
            directory, ignoring: rules, cache: HashCache(for: directory), followsLinks: true, keepsExecutable: keepsExecutable
        ) { progress.update(doneBytes: $0.bytes, totalBytes: $0.totalBytes) }
        progress.finish()
        guard verbosity != .silent else { return scan }
        for skipped in scan.skipped { Output.note(Escaping.line("left out '\(skipped.path)': \(skipped.reason)")) }
        if verbosity == .files { list(scan) }
        return scan
    }

    private func send(_ scan: Scan, as manifest: Manifest? = nil) async throws -> Digest {
        let progress = ProgressLine("uploading", terminal: output.terminal)
        defer { progress.finish() }
        let sent = Slot<TransferProgress>()
        let digest = try await Push(client) { state in
            sent.value = state
            progress.update(doneBytes: state.bytes, totalBytes: state.totalBytes)
        }.run(scan, as: manifest)
        progress.finish()
        guard verbosity != .silent else { return digest }
        let all = "\(scan.entries.count) file\(scan.entries.count == 1 ? "" : "s"), \(ByteSize.format(scan.totalBytes))"
        let new = sent.value.map { "\($0.totalFiles) new, \(ByteSize.format($0.totalBytes)) uploaded" } ?? "nothing new"
        Output.note("\(all): \(new)")
        return digest
    }

    /// As NSML always listed them.
    private func list(_ scan: Scan) {
        var bytes: Int64 = 0
        for (index, entry) in scan.entries.enumerated() {
            bytes += entry.size
            let count = "\(index + 1)/\(scan.entries.count) \(100 * (index + 1) / scan.entries.count)%"
            let share = scan.totalBytes == 0 ? 100 : 100 * bytes / scan.totalBytes
            let size = ByteSize.format(entry.size)
            let done = "(\(count)) (\(ByteSize.format(bytes))/\(ByteSize.format(scan.totalBytes)) \(share)%)"
            Output.note(Escaping.line("\(entry.path) \(size) - done \(done)"))
        }
    }
}
