import API
import Foundation
import Glibc

/// Reads the journal for what concerns the supervisor itself: checkpoints to store, and whether the code is paused.
struct JournalReader: Sendable {
    private static let pieceBytes = 256 << 10

    let share: OpenDirectory
    let watcher: FileWatcher
    let pending: PendingCheckpoints
    let shipped: ShippedState
    let hasEnded: @Sendable () -> Bool
    let paused: @Sendable (Bool) -> Void

    /// Returns when the journal has ended and all of it is read.
    func run() async throws {
        var reader = LineReader(offset: shipped.current.checkpoints)
        var file: Int32 = -1
        defer { if file >= 0 { close(file) } }
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        for await _ in watcher.changes(of: Share.journal) {
            while true {
                try Task.checkCancellation()
                let ended = hasEnded()
                // Not there yet, or not a regular file: as if empty.
                if file < 0 { file = (try? share.openFile(Share.journal)) ?? -1 }
                // What has to wait is looked at again when a checkpoint was stored, or a second later.
                if pending.isFull { break }
                let count = file < 0 ? 0 : pread(file, &buffer, buffer.count, off_t(reader.readOffset))
                guard count > 0 else {
                    if ended { return }
                    break
                }
                reader.take(buffer[..<count]) { line, offset in take(JournalLine(line, offset: offset)) }
                // What holds no checkpoint need not be read again by the next supervisor.
                if pending.first == nil { shipped.note { $0.checkpoints = max($0.checkpoints, reader.offset) } }
            }
        }
        try Task.checkCancellation()
    }

    private func take(_ line: JournalLine) {
        switch line {
        case .checkpoint(let checkpoint):
            pending.add(checkpoint)
            watcher.poke(Share.checkpoints)
        case .paused: paused(true)
        case .running: paused(false)
        case .other: break
        }
    }
}
