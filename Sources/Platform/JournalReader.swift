package import Foundation
package import Store

/// What a piece of a session's journal says.
package struct JournalChunk: Sendable {
    package var reports: [Report] = []
    package var events: [JournalEvent] = []
    /// How many reports came before the session went on from a checkpoint, each time that it did.
    package var restarts: [Int] = []
    /// Their offsets count from the beginning of the piece.
    package var changes: [JournalChange] = []
    /// As well.
    package var media: [JournalMedia] = []
    /// The bytes up to the end of the last whole line: how far the journal counts as read.
    package var consumedBytes = 0
    /// Lines that were no lines of a journal: torn by a crash or a full disk, or longer than allowed.
    package var unreadableLines = 0

    package init() {}
}

/// Something that the library says about its process: `bound`, `paused`, `running`.
package struct JournalEvent: Sendable, Hashable {
    package var timeMilliseconds: Int64
    package var event: String
    /// JSON text of what goes with it; empty when nothing does.
    package var detail: String

    /// The code has loaded the checkpoint from which it goes on.
    static let resumed = "resumed"
    /// The code has said what it saves and loads with.
    static let bound = "bound"

    package init(timeMilliseconds: Int64, event: String, detail: String) {
        self.timeMilliseconds = timeMilliseconds
        self.event = event
        self.detail = detail
    }
}

/// Reads a piece of a session's journal, which begins at the start of a line.
///
/// A session writes what it likes, so nothing here throws: a line that is no report, checkpoint, change or event is counted and passed over, and
/// so is a value that no double can hold. Checkpoints are passed over too; the supervisor stores them.
///
/// Reports come by hundreds of thousands a second, nearly all of one shape: `ReportLine` reads that shape directly, and leaves every line
/// that is in any way unusual to `GeneralLine`.
package enum JournalReader {
    /// Lines are no longer than this, without the newline.
    package static let maximumLineBytes = 256 << 10
    static let maximumStep: Int64 = (1 << 53) - 1

    package static func read(_ bytes: some ContiguousBytes) -> JournalChunk {
        bytes.withUnsafeBytes { read($0) }
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) -> JournalChunk {
        var chunk = JournalChunk()
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            guard let length = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                // A line beyond the limit would otherwise be waited for for ever; its end will be unreadable as well.
                guard rest.count > maximumLineBytes else { break }
                chunk.unreadableLines += 1
                start = bytes.count
                break
            }
            readLine(UnsafeRawBufferPointer(rebasing: rest[..<length]), at: start, into: &chunk)
            start += length + 1
        }
        chunk.consumedBytes = start
        return chunk
    }

    private static func readLine(_ line: UnsafeRawBufferPointer, at offset: Int, into chunk: inout JournalChunk) {
        guard line.count <= maximumLineBytes else {
            chunk.unreadableLines += 1
            return
        }
        if let report = ReportLine.read(line) {
            chunk.reports.append(report)
            return
        }
        guard !line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { return }
        switch GeneralLine.read(line) {
        case .report(let report): chunk.reports.append(report)
        case .event(let event):
            if event.event == JournalEvent.resumed { chunk.restarts.append(chunk.reports.count) }
            chunk.events.append(event)
        case .change(var change):
            change.offset = Int64(offset)
            chunk.changes.append(change)
        case .media(var media):
            media.offset = Int64(offset)
            chunk.media.append(media)
        case .checkpoint: break
        case nil: chunk.unreadableLines += 1
        }
    }

    /// Seconds to milliseconds; nil for times that are no times.
    @inline(__always)
    static func milliseconds(_ seconds: Double) -> Int64? {
        // Up to the year 9999.
        guard seconds >= 0, seconds < 253_402_300_800 else { return nil }
        return Int64((seconds * 1_000).rounded())
    }
}

/// Any line of a journal.
enum GeneralLine {
    case report(Report)
    case event(JournalEvent)
    case change(JournalChange)
    case media(JournalMedia)
    case checkpoint

    /// nil: no line of a journal.
    static func read(_ line: UnsafeRawBufferPointer) -> GeneralLine? {
        var scanner = JSONScanner(line)
        guard case .object(let fields) = scanner.value(), scanner.isAtEnd, case .text(let kind) = fields["kind"],
            case .number(let seconds, _) = fields["time"], let time = JournalReader.milliseconds(seconds)
        else { return nil }
        switch kind {
        case "report": return report(fields, time).map(GeneralLine.report)
        case "event":
            guard case .text(let event) = fields["event"] else { return nil }
            return .event(JournalEvent(timeMilliseconds: time, event: event, detail: fields["detail"]?.text ?? ""))
        case "change": return JournalChange(fields, time).map(GeneralLine.change)
        case "media": return JournalMedia(fields, time).map(GeneralLine.media)
        case "checkpoint": return .checkpoint
        default: return nil
        }
    }

    private static func report(_ fields: [String: JSONValue], _ time: Int64) -> Report? {
        guard case .number(_, let step?) = fields["step"], (0...JournalReader.maximumStep).contains(step),
            case .object(let entries) = fields["values"] ?? .object([:]), case .object(let texts) = fields["texts"] ?? .object([:])
        else { return nil }
        var report = Report(step: step, timeMilliseconds: time, values: [])
        switch fields["summary"] {
        case nil: break
        case .flag(let isSummary): report.isSummary = isSummary
        default: return nil
        }
        for (name, entry) in entries {
            switch entry {
            case .number(let value, _): report.values.append((name, value))
            case .text("NaN"): report.values.append((name, .nan))
            case .text("Infinity"): report.values.append((name, .infinity))
            case .text("-Infinity"): report.values.append((name, -.infinity))
            case .beyond: continue
            default: return nil
            }
        }
        for (name, entry) in texts {
            guard case .text(let text) = entry else { return nil }
            report.texts.append((name, text))
        }
        // An object has no order; one that is always the same helps those who store them.
        report.values.sort { $0.name < $1.name }
        report.texts.sort { $0.name < $1.name }
        return report
    }
}
