import API
import Content
import Logging
import Synchronization

/// How far a supervisor has come: `shipped.json`. A new supervisor goes on from there; being behind costs a repeat, never
/// a loss, since the server knows what it has.
struct ShippedRecord: Codable, Sendable, Equatable {
    /// Every checkpoint whose line begins before this offset of the journal is stored, or was given up with a warning.
    var checkpoints: Int64 = 0
    /// How far the server had each stream.
    var journal: Int64 = 0
    var output: Int64 = 0
    var usage: Int64?
    /// A stop has been asked for, so that however the process ends, it was stopped.
    var stop: Stop?
    /// The last command that was dealt with.
    var command: Int64 = 0
    /// Whether the code waits in `paused()`.
    var isPaused = false
    /// The last state that the server has heard of, and from which placement.
    var reported: SessionState?
    var epoch = 0

    subscript(stream: SessionStream) -> Int64 {
        get {
            switch stream {
            case .journal: journal
            case .output: output
            case .usage: usage ?? 0
            }
        }
        set {
            switch stream {
            case .journal: journal = newValue
            case .output: output = newValue
            case .usage: usage = newValue
            }
        }
    }

    struct Stop: Codable, Sendable, Equatable {
        /// Why; nil when the user, or an administrator, asked.
        var reason: String?
        /// What the session then is: `stopped` by somebody, `finished` when its time was over, `failed` when it went too far, `queued` or
        /// `paused` when it is to be resumed.
        var outcome: SessionState
        var graceSeconds: Double
        var save: Bool
        /// The session is to be resumed later, and for which cause it is to give its place back.
        var yield: YieldRequest.Cause?
        /// Whether the process was told to end because of it: only then is it the reason for the end.
        var isTold: Bool?
    }
}

/// The record in memory and on disk.
final class ShippedState: Sendable {
    private let path: String
    private let log: Logger
    private let record: Mutex<ShippedRecord>

    init(files: SessionFiles, log: Logger) {
        path = files.shipped
        self.log = log
        record = Mutex(DurableFile.read(ShippedRecord.self, from: files.shipped) ?? ShippedRecord())
    }

    /// Begins a placement: what was said of an earlier one does not count, but what it has shipped does.
    func begin(epoch: Int) {
        guard current.epoch != epoch else { return }
        // Not written down: a supervisor that finds the record of the placement before begins anew as well.
        note { record in
            record = ShippedRecord(
                checkpoints: record.checkpoints, journal: record.journal, output: record.output, usage: record.usage,
                command: record.command, epoch: epoch)
        }
    }

    var current: ShippedRecord { record.withLock { $0 } }

    /// Changes the record without writing it down: for what costs only a repeat.
    func note(_ change: (inout ShippedRecord) -> Void) { record.withLock { change(&$0) } }

    /// Changes the record and writes it down if the disk has room: for what is worth a repeat, and not an end.
    func write(_ change: (inout ShippedRecord) -> Void) {
        do {
            try update(change)
        } catch {
            log.warning("how far the session was carried could not be written down", metadata: ["error": "\(error)"])
        }
    }

    /// Changes the record; it is on disk when this returns, and changed in memory also when it throws.
    func update(_ change: (inout ShippedRecord) -> Void) throws {
        try record.withLock { record in
            change(&record)
            try DurableFile.write(json: record, to: path)
        }
    }
}
