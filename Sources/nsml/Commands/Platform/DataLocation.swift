import API
import Content
import Foundation
import Glibc

/// The directory in which a platform on this machine keeps everything, as `nsml up` and `nsml down` see it.
struct DataLocation: Sendable {
    let path: String

    /// `--data`, else `nsml` in the user's data directory.
    init(option: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let option {
            path = URL(filePath: option).standardizedFileURL.path(percentEncoded: false)
        } else if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
            path = "\(data)/nsml"
        } else {
            path = "\(environment["HOME"] ?? NSHomeDirectory())/.local/share/nsml"
        }
    }

    var logPath: String { "\(path)/server.log" }
    var firstTokenPath: String { "\(path)/first-token" }

    /// The server that worked on this directory last, and may still; nil when none ever did.
    func lastServer() -> ServerProcess? { DurableFile.read(ServerProcess.self, from: "\(path)/\(ServerProcess.fileName)") }

    /// The server that works on this directory now; nil when none does.
    func runningServer() -> ServerProcess? {
        lastServer().flatMap { Self.startTime(of: $0.pid) == $0.startTime ? $0 : nil }
    }

    /// When a process started, in clock ticks since boot; nil when there is none, or when it has ended and nobody has collected it.
    static func startTime(of pid: Int32) -> UInt64? {
        // An absent file is the answer that there is no such process.
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            // The name before it is in brackets and may hold anything.
            let bracket = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return UInt64(fields[19])
    }

    /// The last lines of the server's log, for a failure to start.
    func lastLogLine() -> String? {
        // No log, nothing to quote.
        guard let text = try? String(contentsOfFile: logPath, encoding: .utf8) else { return nil }
        return text.split(whereSeparator: \.isNewline).last.map { String($0.prefix(300)) }
    }
}
