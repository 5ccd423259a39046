import API
import Foundation

/// One line of the journal, as far as the supervisor cares; reports are for the server alone.
enum JournalLine: Sendable {
    case checkpoint(Checkpoint)
    case paused
    case running
    case other

    /// A checkpoint that the library has handed over.
    struct Checkpoint: Sendable, Equatable {
        /// Where its line begins in the journal: its number for the server.
        var offset: Int64
        var name: String
        /// Relative to the shared directory.
        var directory: String
        var time: Date
        var step: Int64?
        var summary: [String: MetricValue]
    }

    private struct Record: Decodable {
        var kind: String
        var time: Double?
        var event: String?
        var name: String?
        var directory: String?
        var step: Double?
        var summary: [String: MetricValue]?
    }

    private struct Report: Decodable {
        var kind: String
        var step: Double?
    }

    /// - Parameter offset: where the line begins in the journal.
    init(_ line: some Collection<UInt8>, offset: Int64) {
        // Nearly all lines are reports, thousands a second perhaps; they are not parsed at all.
        guard !line.starts(with: #"{"kind":"media""#.utf8), !line.starts(with: #"{"kind":"report""#.utf8),
            !line.starts(with: #"{"kind": "report""#.utf8), !line.isEmpty
        else {
            self = .other
            return
        }
        // A line torn by a crash or a full disk is skipped, as everybody does who reads a journal.
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(line)) else {
            self = .other
            return
        }
        switch (record.kind, record.event) {
        case ("event", "paused"): self = .paused
        case ("event", "running"): self = .running
        case ("checkpoint", _):
            guard let name = record.name, let directory = record.directory else {
                self = .other
                return
            }
            self = .checkpoint(
                Checkpoint(
                    offset: offset, name: name, directory: directory, time: Date(timeIntervalSince1970: record.time ?? 0),
                    step: record.step.flatMap(Int64.init(exactly:)), summary: record.summary ?? [:]))
        default: self = .other
        }
    }

    /// The step of the last report in a piece of journal; nil when there is none.
    static func lastStep(in bytes: some BidirectionalCollection<UInt8>) -> Int64? {
        for line in bytes.split(separator: 0x0A).reversed() {
            // Torn lines are skipped.
            guard let report = try? JSONDecoder().decode(Report.self, from: Data(line)), report.kind == "report" else { continue }
            if let step = report.step { return Int64(exactly: step) }
        }
        return nil
    }
}

/// Cuts a growing file into lines; remembers where it is and never holds more than one line.
struct LineReader: Sendable {
    /// A longer line is no journal line: it is passed over.
    static let maximumLineBytes = 1 << 20

    /// Where the next line begins.
    private(set) var offset: Int64
    private var partial: [UInt8] = []
    private var skips = false

    init(offset: Int64) { self.offset = offset }

    /// Where the next bytes are to be read.
    var readOffset: Int64 { offset + Int64(partial.count) }

    /// Takes the bytes at `readOffset` and gives each line that is now whole to `body`, with where it begins.
    mutating func take(_ bytes: ArraySlice<UInt8>, _ body: (_ line: ArraySlice<UInt8>, _ offset: Int64) -> Void) {
        var rest = bytes
        while let newline = rest.firstIndex(of: 0x0A) {
            let line = rest[..<newline]
            if skips {
                skips = false
                offset += Int64(line.count + 1)
            } else if partial.isEmpty {
                body(line, offset)
                offset += Int64(line.count + 1)
            } else {
                partial += line
                body(partial[...], offset)
                offset += Int64(partial.count + 1)
                partial = []
            }
            rest = rest[(newline + 1)...]
        }
        if skips {
            offset += Int64(rest.count)
        } else {
            partial += rest
            if partial.count > Self.maximumLineBytes {
                offset += Int64(partial.count)
                (partial, skips) = ([], true)
            }
        }
    }
}
