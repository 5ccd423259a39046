import API
import Client
import Foundation

/// Fetches trees that the server keeps.
struct TreeDownload: Sendable {
    let client: APIClient
    let output: Output
    /// Whether files that differ are replaced.
    let replaces: Bool

    func fetch(_ tree: RemoteTree, to path: String) async throws {
        let progress = ProgressLine("fetching", terminal: output.terminal)
        defer { progress.finish() }
        let slot = Slot<[Manifest.Entry]>()
        let interrupted = try await Interrupt.ends {
            let pull = Pull(client) { progress.update(doneBytes: $0.bytes, totalBytes: $0.totalBytes) }
            slot.value = try await pull.run(tree, into: URL(filePath: path, directoryHint: .isDirectory), overwrite: replaces)
        }
        progress.finish()
        guard !interrupted, let entries = slot.value else {
            throw Failure(.interrupted, "interrupted", hint: "the same command goes on where this one ended")
        }
        let bytes = entries.reduce(0) { $0 + $1.size }
        guard !output.json else {
            let files = entries.map { FileRecord(path: $0.path, bytes: $0.size, isExecutable: $0.isExecutable, digest: $0.digest) }
            return try output.record(FileList(files: files, totalCount: files.count, totalBytes: bytes))
        }
        try output.line("\(entries.count) file\(entries.count == 1 ? "" : "s"), \(ByteSize.format(bytes)), in \(path)")
    }
}
