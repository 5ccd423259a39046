import API
import GRDB
import Logging
import Synchronization

/// One writer for one database file. All writes that wait go into one transaction, each in a savepoint of its own, and every caller
/// is answered only after the commit is on disk: a commit costs some milliseconds, however many writes it holds.
///
/// Cancelling the caller changes nothing: a write that was accepted is done. When the queue is full, a write is refused at once with
/// `too_many_requests`. After an error of the disk nothing more is written (a second fsync may succeed without having saved what the
/// first one lost), nor to a file that was found damaged; the database stays readable.
final class GroupCommit: Sendable {
    /// More writes may not wait; the callers hold their memory.
    static let maximumWaiting = 4_096
    /// Nor may those that wait weigh more in all. A weight is about one row.
    static let maximumWeight = 1_000_000
    /// One transaction takes no more than this, so that nobody waits long behind others.
    static let batchWeight = 20_000

    /// A write that waits. `run` does it and returns what answers the caller once it is durable.
    private struct Job: Sendable {
        let weight: Int
        let run: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        /// How many of the first in `waiting` are done; removed together, so that taking one costs nothing.
        var taken = 0
        var weight = 0
        var isDraining = false
        /// Set on closing: nothing new is taken.
        var refusal: Failure?
        /// Nothing is written any more, what waits included.
        var fault: StoreFault?
    }

    private let pool: DatabasePool
    private let logger: Logger
    /// Called on the writer when a transaction was lost as a whole, so that what is held in memory can be dropped.
    private let transactionLost: @Sendable () -> Void
    /// Called on the writer when the disk has failed.
    private let diskFailed: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        _ pool: DatabasePool, logger: Logger, diskFailed: @escaping @Sendable () -> Void,
        transactionLost: @escaping @Sendable () -> Void = {}
    ) {
        self.pool = pool
        self.logger = logger
        self.diskFailed = diskFailed
        self.transactionLost = transactionLost
    }

    /// Why nothing is written any more, if that is so.
    var fault: StoreFault? { state.withLock { $0.fault } }

    /// From now on nothing is written. The first reason stays.
    func stop(because fault: StoreFault) { state.withLock { $0.fault = $0.fault ?? fault } }

    func submit<T: Sendable>(weight: Int = 1, _ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job(
                weight: weight,
                run: { database in
                    let value = try body(database)
                    return { continuation.resume(returning: value) }
                },
                fail: { error in continuation.resume(throwing: Failure.translating(error)) })
            enqueue(job)
        }
    }

    /// Refuses what comes from now on; what waits is still written. Blocks until it is.
    func close() {
        state.withLock { $0.refusal = $0.refusal ?? Failure(.unavailable, "the server is shutting down", hint: "try again in a moment") }
        pool.writeWithoutTransaction { _ in }
    }

    private func enqueue(_ job: Job) {
        let (refusal, starts) = state.withLock { state -> (Failure?, Bool) in
            if let refusal = state.fault?.failure ?? state.refusal { return (refusal, false) }
            guard state.waiting.count - state.taken < Self.maximumWaiting, state.weight + job.weight <= Self.maximumWeight else {
                return (Failure(.tooManyRequests, "the server has more to write than its disk can take", hint: "try again later"), false)
            }
            state.waiting.append(job)
            state.weight += job.weight
            defer { state.isDraining = true }
            return (nil, !state.isDraining)
        }
        if let refusal { return job.fail(refusal) }
        guard starts else { return }
        pool.asyncWriteWithoutTransaction { database in
            while let batch = self.nextBatch() { self.commit(batch, to: database) }
        }
    }

    private func nextBatch() -> [Job]? {
        state.withLock { state in
            var batch: [Job] = []
            var weight = 0
            while state.taken < state.waiting.count, weight < Self.batchWeight {
                let job = state.waiting[state.taken]
                batch.append(job)
                weight += job.weight
                state.taken += 1
            }
            state.weight -= weight
            if state.taken == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: true)
                state.taken = 0
            } else if state.taken >= 1_024 {
                state.waiting.removeFirst(state.taken)
                state.taken = 0
            }
            guard batch.isEmpty else { return batch }
            state.isDraining = false
            return nil
        }
    }

    private func commit(_ batch: [Job], to database: Database) {
        var finished: [(job: Job, answer: @Sendable () -> Void)] = []
        var remaining = batch[...]
        do {
            if let fault { throw fault.failure }
            try database.beginTransaction(.immediate)
            while let job = remaining.first {
                do {
                    try database.inSavepoint {
                        finished.append((job, try job.run(database)))
                        return .commit
                    }
                } catch {
                    // On a full disk SQLite may give the whole transaction up; then no write of this batch has happened.
                    let error = StoreFault.naming(error, on: database)
                    guard database.isInsideTransaction, StoreFault(error) == nil else { throw error }
                    job.fail(error)
                }
                remaining.removeFirst()
            }
            try database.commit()
        } catch {
            let error = StoreFault.naming(error, on: database)
            lose(database, error)
            for (job, _) in finished { job.fail(error) }
            for job in remaining { job.fail(error) }
            return
        }
        for (_, answer) in finished { answer() }
    }

    /// Leaves no transaction open, and decides whether anything may be written from now on.
    private func lose(_ database: Database, _ error: any Error) {
        transactionLost()
        do {
            if database.isInsideTransaction { try database.rollback() }
        } catch {
            logger.error("a transaction could not be rolled back", metadata: ["error": "\(error)"])
        }
        guard let fault = StoreFault(error) else { return }
        logger.critical("the database is not written any more", metadata: ["error": "\(error)"])
        stop(because: fault)
        if fault == .disk { diskFailed() }
    }
}
