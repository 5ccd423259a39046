package import API
package import Foundation
import Synchronization

/// What the server wants of supervisors, and what they answered; in memory only. A stop is not kept here but with
/// its session, so that it outlives the server.
package final class CommandBoard: Sendable {
    /// No more questions wait for one session at a time.
    package static let maximumWaiting = 64
    /// Nor do longer ones together, in bytes: they lie in memory until they are answered.
    package static let maximumWaitingBytes = 128 << 20
    /// Those of all sessions together.
    package static let maximumAllBytes = 512 << 20
    /// Older orders than this many are overtaken by newer ones.
    private static let maximumOrders = 8

    private struct Waiting {
        var command: SupervisorCommand
        var answer: CheckedContinuation<InferenceAnswer, any Error>?
        var result: Result<InferenceAnswer, any Error>?
    }

    private struct State {
        // From the time of day, so that the numbers of a restarted server are larger than those before.
        var nextNumber = Int64(Date().timeIntervalSince1970 * 1000) * 1000
        var waiting: [Int64: [Int64: Waiting]] = [:]
        var stops: [Int64: (request: StopRequest, number: Int64)] = [:]
        var asked: [Int64: Date] = [:]
        var yields: [Int64: (request: YieldRequest, number: Int64)] = [:]
        /// Orders that nobody waits for.
        var orders: [Int64: [SupervisorCommand]] = [:]

        func bytes(of session: Int64) -> Int {
            waiting[session, default: [:]].values.reduce(0) { $0 + ($1.command.body?.count ?? 0) }
        }
        var allBytes: Int { waiting.keys.reduce(0) { $0 + bytes(of: $1) } }
    }

    private let state = Mutex(State())
    private let questions = QuestionBoard()
    let shells = ShellBoard()

    private let feed: Feed

    package init(feed: Feed) { self.feed = feed }

    package func nextNumber() -> Int64 {
        state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
    }

    /// The number of a session's stop: a new one when it is asked for differently than before.
    package func number(ofStop request: StopRequest, of session: Int64) -> Int64 {
        state.withLock { state in
            if let known = state.stops[session], known.request == request { return known.number }
            state.nextNumber += 1
            state.stops[session] = (request, state.nextNumber)
            return state.nextNumber
        }
    }

    /// The number of a session's wish to yield: a new one when it is asked for differently than before.
    package func number(ofYield request: YieldRequest, of session: Int64) -> Int64 {
        state.withLock { state in
            if let known = state.yields[session], known.request == request { return known.number }
            state.nextNumber += 1
            state.yields[session] = (request, state.nextNumber)
            return state.nextNumber
        }
    }

    /// Puts an order up that has no answer. It is forgotten with the server: then the session says how things stand.
    package func post(_ kind: SupervisorCommand.Kind, to session: Int64) {
        state.withLock { state in
            state.nextNumber += 1
            // Asked for anew, a yield is a new one.
            state.yields[session] = nil
            let orders = state.orders[session, default: []] + [SupervisorCommand(number: state.nextNumber, kind: kind)]
            state.orders[session] = orders.suffix(Self.maximumOrders)
        }
    }

    /// Puts a question up.
    ///
    /// - Returns: its number, for `answer(to:of:seconds:)`.
    package func ask(_ session: Int64, contentType: String, parameters: [String: String], body: Data) throws -> Int64 {
        let number = nextNumber()
        let command = SupervisorCommand(number: number, kind: .infer, contentType: contentType, parameters: parameters, body: body)
        try state.withLock { state in
            guard state.waiting[session, default: [:]].count < Self.maximumWaiting else {
                throw Failure(
                    .tooManyRequests, "\(Self.maximumWaiting) questions wait for this session already", hint: "try again in a moment")
            }
            guard state.bytes(of: session) + body.count <= Self.maximumWaitingBytes, state.allBytes + body.count <= Self.maximumAllBytes
            else {
                throw Failure(.tooManyRequests, "too much that was asked waits for its answer already", hint: "try again in a moment")
            }
            state.waiting[session, default: [:]][number] = Waiting(command: command)
            state.asked[session] = Date()
        }
        return number
    }

    /// When a session was asked last; nil when it has not been since the server started. A question that waits is being asked now.
    package func lastAsked(_ session: Int64) -> Date? {
        state.withLock { state in state.waiting[session, default: [:]].isEmpty ? state.asked[session] : Date() }
    }

    /// Puts a question to the living code up, for `question(_:of:)`.
    package func ask(_ command: SupervisorCommand, kind: QuestionKind, of session: Int64) throws {
        try questions.ask(command, kind: kind, of: session, now: .now)
    }

    /// A question's kind and, if it has come, its answer.
    package func question(_ number: Int64, of session: Int64) throws -> (QuestionKind, InferenceAnswer?) {
        try questions.look(number, of: session, now: .now)
    }

    package func endQuestion(_ number: Int64, of session: Int64) throws {
        try questions.end(number, of: session, nextNumber: nextNumber)
    }

    /// Forgets what is over for a while; returns the numbers of the shells among it.
    func sweep() -> [Int64] {
        questions.sweep(now: .now, nextNumber: nextNumber)
        return shells.sweep(now: .now)
    }

    /// The commands for a session that are newer than `number`, oldest first.
    package func commands(of session: Int64, after number: Int64) -> [SupervisorCommand] {
        // A supervisor knows numbers of a server before this one, whose clock may have been ahead. It passes over what is not larger.
        let believable = Int64(Date(timeIntervalSinceNow: 366 * 86_400).timeIntervalSince1970 * 1_000_000)
        if number < believable { state.withLock { $0.nextNumber = max($0.nextNumber, number) } }
        let live = questions.commands(of: session, after: number, now: .now, nextNumber: nextNumber)
        let others = state.withLock { state in
            let commands = state.waiting[session, default: [:]].values.map(\.command) + state.orders[session, default: []]
            return commands.filter { $0.number > number }
        }
        let opened = shells.commands(of: session).filter { $0.number > number }
        return (live + others + opened).sorted { $0.number < $1.number }
    }

    /// Takes a session's answer; one that nobody waits for any more is dropped.
    package func answered(_ number: Int64, of session: Int64, with result: Result<InferenceAnswer, any Error>) {
        guard !questions.answered(number, of: session, with: result, now: .now) else { return }
        let continuation = state.withLock { state -> CheckedContinuation<InferenceAnswer, any Error>? in
            guard var waiting = state.waiting[session]?[number] else { return nil }
            if let answer = waiting.answer {
                state.waiting[session]?[number] = nil
                return answer
            }
            waiting.result = result
            state.waiting[session]?[number] = waiting
            return nil
        }
        continuation?.resume(with: result)
    }

    /// The session is over: whoever waits for it is told why.
    package func ended(_ session: Int64, reason: String) {
        questions.ended(session, reason: reason, now: .now)
        for shell in shells.ended(session, reason: reason, now: .now) { feed.told(ShellService.outputKey(shell)) }
        let numbers = state.withLock { state in
            state.stops[session] = nil
            state.asked[session] = nil
            state.yields[session] = nil
            state.orders[session] = nil
            return Array(state.waiting[session, default: [:]].keys)
        }
        for number in numbers {
            answered(number, of: session, with: .failure(Failure(.sessionFailed, reason)))
        }
    }

    /// Waits for the answer to question `number`.
    package func answer(to number: Int64, of session: Int64, seconds: Double) async throws -> InferenceAnswer {
        defer { state.withLock { _ = $0.waiting[session]?.removeValue(forKey: number) } }
        return try await withThrowingTaskGroup(of: InferenceAnswer.self) { group in
            group.addTask { try await self.park(number, session) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw Failure(.timeout, "the model did not answer within \(Int(seconds)) s", hint: "see what it does with 'nsml logs'")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func park(_ number: Int64, _ session: Int64) async throws -> InferenceAnswer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<InferenceAnswer, any Error>? in
                    guard var waiting = state.waiting[session]?[number] else { return .failure(CancellationError()) }
                    if let result = waiting.result { return result }
                    guard !Task.isCancelled else { return .failure(CancellationError()) }
                    waiting.answer = continuation
                    state.waiting[session]?[number] = waiting
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.waiting[session]?.removeValue(forKey: number)?.answer
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
