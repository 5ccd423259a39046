import API
import Foundation
import Glibc

/// The journal of the session that this process runs in: one JSON object a line, each appended by a single write to a file
/// opened with O_APPEND, so that writers never mix their lines.
struct SessionJournal: Sendable {
    static let maximumLineBytes = 256 << 10
    /// How far back the newest report is looked for.
    private static let tailBytes = 256 << 10

    /// What was reported last, for steps that count on and for the summary of a checkpoint.
    struct LastReport: Sendable, Equatable {
        var step: Int64
        var values: [String: MetricValue]
    }

    /// The session's shared directory.
    let directory: String

    init(directory: String) { self.directory = directory }

    /// The journal named by the environment; a failure outside of sessions.
    init(environment: [String: String]) throws {
        guard let directory = environment["NSML_SESSION_DIRECTORY"], !directory.isEmpty else {
            throw Failure(
                .wrongState, "this is no session", hint: "'nsml report' and 'nsml save' work in the code that 'nsml run' runs")
        }
        self.init(directory: directory)
    }

    private var path: String { "\(directory)/journal.ndjson" }

    /// Appends one line. It is in the file, whole, when this returns.
    func append(_ entry: some Encodable) throws {
        let line = Array(try Wire.encoder().encode(entry)) + [0x0A]
        guard line.count <= Self.maximumLineBytes else {
            throw Failure.tooLarge("the report", bytes: Int64(line.count), limit: Int64(Self.maximumLineBytes))
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw cannotWrite() }
        defer { close(descriptor) }
        var bytes = line
        // A second try begins a line of its own: readers skip the torn one before it.
        for _ in 0..<2 {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count == bytes.count { return }
            guard count >= 0 || errno == EINTR else { throw cannotWrite() }
            bytes = [0x0A] + line
        }
        throw cannotWrite()
    }

    /// The newest report of anybody in the session; nil when there is none yet.
    func lastReport() -> LastReport? {
        struct Line: Decodable {
            var kind: String
            var step: Int64?
            var values: [String: MetricValue]?
        }
        // No journal yet: nothing was reported.
        guard let handle = FileHandle(forReadingAtPath: path), let end = try? handle.seekToEnd() else { return nil }
        defer { _ = try? handle.close() }
        // Where the tail cannot be read, steps begin anew: a report must not fail for it.
        try? handle.seek(toOffset: end > Self.tailBytes ? end - UInt64(Self.tailBytes) : 0)
        guard let data = try? handle.readToEnd() else { return nil }
        for bytes in data.split(separator: 0x0A).reversed() {
            // A torn line is skipped, as all readers of the journal do.
            guard let line = try? JSONDecoder().decode(Line.self, from: bytes), line.kind == "report", let step = line.step else {
                continue
            }
            return LastReport(step: step, values: line.values ?? [:])
        }
        return nil
    }

    private func cannotWrite() -> Failure {
        Failure(.localError, "cannot write the session's journal: \(String(cString: strerror(errno)))")
    }
}

/// A line of the journal that carries metrics.
struct ReportLine: Encodable, Sendable {
    let kind = "report"
    var time: Double
    var step: Int64
    var summary: Bool
    var values: [String: MetricValue]
    var texts: [String: String]?
}

/// A line of the journal that hands over a checkpoint.
struct CheckpointLine: Encodable, Sendable {
    let kind = "checkpoint"
    var time: Double
    var name: CheckpointName
    /// Relative to the shared directory.
    var directory: String
    var step: Int64?
    var summary: [String: MetricValue]
}
