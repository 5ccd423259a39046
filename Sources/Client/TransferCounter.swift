import Synchronization

/// Adds up what several requests have carried, and tells somebody.
final class TransferCounter: Sendable {
    private let state: Mutex<TransferProgress>
    private let progress: (@Sendable (TransferProgress) -> Void)?

    init(bytes: Int64, files: Int, progress: (@Sendable (TransferProgress) -> Void)?) {
        state = Mutex(TransferProgress(bytes: 0, totalBytes: bytes, files: 0, totalFiles: files))
        self.progress = progress
        progress?(TransferProgress(bytes: 0, totalBytes: bytes, files: 0, totalFiles: files))
    }

    func add(bytes: Int64, files: Int) {
        let news = state.withLock { state in
            state.bytes += bytes
            state.files += files
            return state
        }
        progress?(news)
    }

    /// Sets what one transfer has added so far to `count`.
    func move(_ sent: borrowing Mutex<Int64>, to count: Int64) {
        let difference = sent.withLock { sent in
            defer { sent = count }
            return count - sent
        }
        if difference != 0 { add(bytes: difference, files: 0) }
    }
}
