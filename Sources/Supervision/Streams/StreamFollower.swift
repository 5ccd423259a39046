import API
import Foundation
import Glibc
import Logging

/// Follows one file of a session and carries it to the server: the thin driver of `StreamShipper`.
struct StreamFollower: Sendable {
    /// After each piece: bounds what a chatty session costs the server, and adds at most this much to what is read live.
    static let pause = Duration.milliseconds(40)
    /// No session may say more: a loop that prints without end would fill the disk.
    static let maximumBytes: Int64 = 2_000_000_000

    let stream: SessionStream
    let directory: OpenDirectory
    let name: String
    let epoch: Int
    let connection: any ServerConnection
    let watcher: FileWatcher
    let shipped: ShippedState
    let log: Logger
    /// Whether nobody writes to the file any more; looked at before the file's size is.
    let hasEnded: @Sendable () -> Bool
    /// Told, once, that the file has become larger than a session's may.
    let exceeded: @Sendable () -> Void
    /// Called for each refusal that is not the server's being away: throws to end all.
    let judge: Refusals

    /// Returns when the server has everything. Throws only when this session is not ours any more, or on cancellation.
    func run() async throws {
        var shipper = StreamShipper(confirmed: shipped.current[stream])
        var file: Int32 = -1
        defer { if file >= 0 { close(file) } }
        var isTooLarge = false
        var backoff = Backoff()
        var buffer = [UInt8](repeating: 0, count: StreamShipper.pieceBytes)
        for await _ in watcher.changes(of: name) {
            turn: while true {
                let ended = hasEnded()
                // Not there yet, or not a regular file: as if empty.
                if file < 0 { file = (try? directory.openFile(name)) ?? -1 }
                shipper.handle(.grew(to: size(of: file)))
                if shipper.end > Self.maximumBytes, !isTooLarge {
                    isTooLarge = true
                    exceeded()
                }
                if ended { shipper.handle(.ended) }
                switch shipper.next() {
                case .wait: break turn
                case .finished: return
                case .retry: try await Task.sleep(for: backoff.next())
                case .send(let offset, let limit):
                    let piece = read(file, offset: offset, limit: limit, buffer: &buffer)
                    guard !piece.isEmpty else {
                        shipper.handle(.noWholeLine)
                        continue
                    }
                    try await send(piece, offset: offset, shipper: &shipper, backoff: &backoff)
                    try await Task.sleep(for: Self.pause)
                }
            }
        }
        try Task.checkCancellation()
    }

    private func send(_ piece: [UInt8], offset: Int64, shipper: inout StreamShipper, backoff: inout Backoff) async throws {
        do {
            let answer = try await connection.putStream(stream, offset: offset, epoch: epoch, bytes: piece)
            backoff.reset()
            judge.succeeded()
            shipper.handle(.answered(answer))
            shipped.note { $0[stream] = answer }
        } catch let failure as Failure where failure.code == .offsetGap && failure.offset != nil {
            shipper.handle(.answered(failure.offset ?? 0))
        } catch {
            try judge.check(error, log: log)
            shipper.handle(.failed)
        }
    }

    private func size(of file: Int32) -> Int64 {
        var status = stat()
        return file >= 0 && fstat(file, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The bytes from `offset` on; of the journal and its like whole lines only, so that the server never holds half a line.
    private func read(_ file: Int32, offset: Int64, limit: Int, buffer: inout [UInt8]) -> [UInt8] {
        let count = pread(file, &buffer, min(limit, buffer.count), off_t(offset))
        guard count > 0 else { return [] }
        guard stream.isLines else { return Array(buffer[..<count]) }
        guard let newline = buffer[..<count].lastIndex(of: 0x0A) else {
            // A megabyte without a newline is no line of a library's; the server skips it as it skips any torn line.
            return count == buffer.count ? Array(buffer[..<count]) : []
        }
        return Array(buffer[...newline])
    }
}
