import API
import Client
import Foundation
import Glibc

/// Fetches single files of a session's directory. What the server says of paths is checked again here, as it is this machine that
/// they are written on: nothing is written outside of the directory, and nothing is written through a link.
struct FileDownload {
    let client: APIClient
    let session: SessionName
    let output: Output
    /// Whether files that are there are replaced.
    let replaces: Bool

    func fetch(_ files: [FileRecord], to path: String) async throws {
        let total = files.reduce(0) { $0 + $1.bytes }
        let progress = ProgressLine("fetching", terminal: output.terminal)
        defer { progress.finish() }
        var done: Int64 = 0
        for file in files {
            try Manifest.checkPath(file.path)
            let target = "\(path)/\(file.path)"
            guard replaces || !FileManager.default.fileExists(atPath: target) else {
                throw Failure.exists("file", target, hint: "-f replaces files")
            }
            try await fetch(file, to: target) { count in
                done += count
                progress.update(doneBytes: done, totalBytes: max(total, done))
            }
        }
        progress.finish()
        guard !output.json else { return try output.record(FileList(files: files, totalCount: files.count, totalBytes: total)) }
        try output.line("\(files.count) file\(files.count == 1 ? "" : "s"), \(ByteSize.format(total)), in \(path)")
    }

    private func fetch(_ file: FileRecord, to target: String, count: (Int64) -> Void) async throws {
        let folder = URL(filePath: target).deletingLastPathComponent().path(percentEncoded: false)
        let partial = "\(target).\(getpid()).part"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Failure(.localError, "cannot make the directory '\(folder)'")
        }
        let mode: mode_t = file.isExecutable ? 0o755 : 0o644
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failure(.localError, "cannot write '\(partial)': \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        do {
            for try await chunk in try await client.sessionFile(of: session, path: file.path) {
                try Output.write(chunk, to: descriptor)
                count(Int64(chunk.count))
            }
            guard rename(partial, target) == 0 else {
                throw Failure(.localError, "cannot write '\(target)': \(String(cString: strerror(errno)))")
            }
        } catch {
            unlink(partial)
            throw error
        }
    }
}
