import Synchronization

/// The checkpoints that the library has handed over and that are not stored yet, in their order. One task stores them; the
/// reader of the journal adds, and loading looks.
final class PendingCheckpoints: Sendable {
    /// More are not taken from the journal before some are stored.
    static let maximumCount = 1000

    private let list = Mutex<[JournalLine.Checkpoint]>([])

    var isFull: Bool { list.withLock { $0.count >= Self.maximumCount } }
    var first: JournalLine.Checkpoint? { list.withLock { $0.first } }

    func add(_ checkpoint: JournalLine.Checkpoint) { list.withLock { $0.append(checkpoint) } }

    func removeFirst() { list.withLock { _ = $0.removeFirst() } }

    /// The newest of that name.
    func newest(named name: String) -> JournalLine.Checkpoint? { list.withLock { $0.last { $0.name == name } } }
}
