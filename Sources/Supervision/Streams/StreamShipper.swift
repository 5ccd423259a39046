import API

/// Carries one file that only grows to the server, exactly once: a value that takes what happened and tells what to do.
///
/// The server's answer is the only truth about how far it is: whatever it says, ahead or behind, shipping goes on from there.
/// So a lost answer, a repeated piece, a server from an older backup and a new supervisor are all the same case.
struct StreamShipper: Sendable, Equatable {
    enum Event: Sendable, Equatable {
        /// The file has this many bytes now.
        case grew(to: Int64)
        /// Nobody writes to the file any more.
        case ended
        /// The server has everything before this offset.
        case answered(Int64)
        /// The piece at the current position, up to the end known then, holds no whole line.
        case noWholeLine
        /// The piece could not be brought to the server.
        case failed
    }

    enum Action: Sendable, Equatable {
        /// Send at most `limit` bytes from `offset` on; for a stream of lines, whole ones only.
        case send(offset: Int64, limit: Int)
        /// There is nothing to do until the file grows or ends.
        case wait
        /// Wait a while, then ask again.
        case retry
        /// The server has all there will ever be.
        case finished
    }

    static let pieceBytes = 1 << 20

    /// Where the server is, as far as we know.
    private(set) var confirmed: Int64
    private(set) var end: Int64 = 0
    private(set) var hasEnded = false
    /// The end at which the rest of the file was found to be no whole line.
    private var incompleteAt: Int64?
    private var mustPause = false

    /// - Parameter confirmed: where an earlier supervisor was; 0 when there was none.
    init(confirmed: Int64 = 0) { self.confirmed = confirmed }

    mutating func handle(_ event: Event) {
        switch event {
        case .grew(let size): end = max(end, size)
        case .ended: hasEnded = true
        case .noWholeLine: incompleteAt = end
        case .failed: mustPause = true
        case .answered(let offset):
            // An answer that does not move us, though we sent something, would have us send the same for ever without rest.
            if offset == confirmed { mustPause = true }
            confirmed = offset
            incompleteAt = nil
        }
    }

    mutating func next() -> Action {
        if mustPause {
            mustPause = false
            return .retry
        }
        if confirmed < end, incompleteAt != end {
            return .send(offset: confirmed, limit: Int(min(end - confirmed, Int64(Self.pieceBytes))))
        }
        return hasEnded ? .finished : .wait
    }
}
