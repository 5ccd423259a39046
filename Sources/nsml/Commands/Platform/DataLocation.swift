import API
import Foundation
import Glibc

/// The directory in which a platform on this machine keeps everything, as `nsml up` and `nsml down` see it.
struct DataLocation: Sendable {
    /// What a running server says of itself in `server.pid`.
    struct Process: Codable, Sendable {
        var pid: Int32
        /// When the process started, in clock ticks since boot: with the pid it names one process for certain.
        var startTime: UInt64
        var url: String
    }

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
    private var processPath: String { "\(path)/server.pid" }

    /// The server that works on this directory now; nil when none does.
    func runningServer() -> Process? {
        // Absent, or left half-written by a crash: no server that could be named.
        guard let data = try? Data(contentsOf: URL(filePath: processPath)),
            let process = try? Wire.decoder().decode(Process.self, from: data), Self.startTime(of: process.pid) == process.startTime
        else { return nil }
        return process
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
