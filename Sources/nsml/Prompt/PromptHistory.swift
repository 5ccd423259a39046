import API
import Foundation
import Glibc

/// What was typed at the prompt, over all sessions: `$XDG_STATE_HOME/nsml/exec_history`, one JSON string a line, for its user alone.
struct PromptHistory: Sendable {
    private static let maximumLines = 1_000
    private static let maximumBytes = 4 << 20

    let path: String

    init(environment: [String: String]) {
        let state: String
        if let configured = environment["XDG_STATE_HOME"], configured.hasPrefix("/") {
            state = configured
        } else {
            state = "\(environment["HOME"] ?? NSHomeDirectory())/.local/state"
        }
        path = "\(state)/nsml/exec_history"
    }

    /// The newest lines, oldest first; none when there is no file, or none that can be read.
    func load() -> [String] {
        guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
        // A history is a convenience: without it the prompt is as good.
        guard let data = try? handle.read(upToCount: Self.maximumBytes) else { return [] }
        let decoder = JSONDecoder()
        let lines = data.split(separator: 0x0A).suffix(Self.maximumLines).compactMap { try? decoder.decode(String.self, from: $0) }
        // It grows by appending; once in a while the old half goes.
        if data.count > Self.maximumBytes / 2 { rewrite(lines) }
        return lines
    }

    func append(_ line: String) {
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Where it cannot be kept it is not kept.
        try? Output.write(Self.encoded(line), to: descriptor)
    }

    private func rewrite(_ lines: [String]) {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A copy that is not whole is not put in the other's place.
        if (try? Output.write(lines.flatMap(Self.encoded), to: descriptor)) != nil { rename(temporary, path) } else { unlink(temporary) }
    }

    private static func encoded(_ line: String) -> [UInt8] {
        // A string always encodes.
        Array((try? JSONEncoder().encode(line)) ?? Data()) + [0x0A]
    }
}
