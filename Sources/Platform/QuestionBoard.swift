import API
import Foundation
import Synchronization

/// The questions that wait for living sessions, and the answers that wait for whoever asked; in memory only.
///
/// A question may wait long, for a safe point that never comes perhaps. So whoever asked comes again and again for the answer, and one
/// that nobody has come for in a while is taken back. An answer stays for some minutes: it may have been lost on the way.
final class QuestionBoard: Sendable {
    /// No more questions wait for one session at a time.
    static let maximumWaiting = 64
    /// As many answers of a session stay.
    private static let maximumKept = 64
    private static let maximumAnswerBytes = 4 << 20
    private static let keepLimit = Duration.seconds(600)
    /// Whoever asked looks at least every half minute.
    private static let abandonLimit = Duration.seconds(90)
    /// More within a minute are a loop gone wild.
    private static let maximumPerMinute = 6_000

    private struct Question {
        var command: SupervisorCommand
        var kind: QuestionKind
        var lastLook: ContinuousClock.Instant
        var answer: (result: Result<InferenceAnswer, any Error>, at: ContinuousClock.Instant)?
        var isEnding = false
    }

    private struct Board {
        var questions: [Int64: Question] = [:]
        /// Commands that end questions, until the supervisor has said that it has them.
        var endings: [Int64: SupervisorCommand] = [:]
        var minute: ContinuousClock.Instant
        var inMinute = 0
    }

    private let boards = Mutex<[Int64: Board]>([:])

    /// Puts a question up.
    func ask(_ command: SupervisorCommand, kind: QuestionKind, of session: Int64, now: ContinuousClock.Instant) throws {
        try boards.withLock { boards in
            var board = boards[session] ?? Board(minute: now)
            if now - board.minute >= .seconds(60) { (board.minute, board.inMinute) = (now, 0) }
            board.inMinute += 1
            guard board.inMinute <= Self.maximumPerMinute else {
                throw Failure(
                    .tooManyRequests, "this session was asked \(Self.maximumPerMinute) questions within a minute", hint: "wait a minute")
            }
            guard board.questions.values.count(where: { $0.answer == nil }) < Self.maximumWaiting else {
                throw Failure(
                    .tooManyRequests, "\(Self.maximumWaiting) questions wait for this session already", hint: "try again in a moment")
            }
            board.questions[command.number] = Question(command: command, kind: kind, lastLook: now)
            boards[session] = board
        }
    }

    /// What a session's supervisor has not taken yet.
    func commands(of session: Int64, after number: Int64, now: ContinuousClock.Instant, nextNumber: () -> Int64) -> [SupervisorCommand] {
        boards.withLock { boards in
            guard var board = boards[session] else { return [] }
            Self.sweep(&board, now, nextNumber)
            boards[session] = board
            let waiting = board.questions.values.filter { $0.answer == nil }.map(\.command)
            return (waiting + board.endings.values).filter { $0.number > number }
        }
    }

    /// Takes an answer. False when it is none of a question's.
    func answered(_ number: Int64, of session: Int64, with result: Result<InferenceAnswer, any Error>, now: ContinuousClock.Instant) -> Bool
    {
        boards.withLock { boards in
            guard var board = boards[session] else { return false }
            defer { boards[session] = board }
            if board.endings.removeValue(forKey: number) != nil { return true }
            guard board.questions[number] != nil else { return false }
            // The first answer counts: a supervisor that was restarted may bring it again.
            if board.questions[number]?.answer == nil {
                board.questions[number]?.answer = (Self.bounded(result), now)
                board.questions[number]?.command.body = nil
            }
            return true
        }
    }

    /// What a session's code answers is kept in memory, so it may not be as large as it likes.
    private static func bounded(_ result: Result<InferenceAnswer, any Error>) -> Result<InferenceAnswer, any Error> {
        guard case .success(let answer) = result, answer.body.count > maximumAnswerBytes else { return result }
        return .failure(Failure.tooLarge("the answer", bytes: Int64(answer.body.count), limit: Int64(maximumAnswerBytes)))
    }

    /// The question's kind and, if it has come, its answer. Throws when there is no such question, or no longer.
    func look(_ number: Int64, of session: Int64, now: ContinuousClock.Instant) throws -> (QuestionKind, InferenceAnswer?) {
        let question = boards.withLock { boards in
            boards[session]?.questions[number]?.lastLook = now
            return boards[session]?.questions[number]
        }
        guard let question else {
            throw Failure.noSuch("question", number, hint: "the server keeps questions in memory: after a restart, ask again")
        }
        return (question.kind, try question.answer?.result.get())
    }

    /// Has a question ended; no error when it has its answer.
    func end(_ number: Int64, of session: Int64, nextNumber: () -> Int64) throws {
        try boards.withLock { boards in
            guard boards[session]?.questions[number] != nil else {
                throw Failure.noSuch("question", number, hint: "it may be over long since")
            }
            guard var board = boards[session] else { return }
            Self.end(number, in: &board, nextNumber)
            boards[session] = board
        }
    }

    /// The session is over: whoever waits is told why.
    func ended(_ session: Int64, reason: String, now: ContinuousClock.Instant) {
        boards.withLock { boards in
            guard var board = boards[session] else { return }
            board.endings = [:]
            for number in board.questions.keys where board.questions[number]?.answer == nil {
                board.questions[number]?.answer = (.failure(Failure(.sessionFailed, reason)), now)
            }
            boards[session] = board
        }
    }

    /// Forgets sessions whose questions are all over for a while.
    func sweep(now: ContinuousClock.Instant, nextNumber: () -> Int64) {
        boards.withLock { boards in
            for (session, board) in boards {
                var board = board
                Self.sweep(&board, now, nextNumber)
                boards[session] = board.questions.isEmpty && board.endings.isEmpty ? nil : board
            }
        }
    }

    private static func end(_ number: Int64, in board: inout Board, _ nextNumber: () -> Int64) {
        guard let question = board.questions[number], question.answer == nil, !question.isEnding else { return }
        board.questions[number]?.isEnding = true
        let ending = nextNumber()
        board.endings[ending] = SupervisorCommand(number: ending, kind: .interrupt, parameters: ["number": "\(number)"])
    }

    private static func sweep(_ board: inout Board, _ now: ContinuousClock.Instant, _ nextNumber: () -> Int64) {
        for (number, question) in board.questions {
            if let answer = question.answer {
                if now - answer.at > keepLimit { board.questions[number] = nil }
            } else if now - question.lastLook > abandonLimit {
                end(number, in: &board, nextNumber)
                if now - question.lastLook > keepLimit { board.questions[number] = nil }
            }
        }
        // Nobody takes an ending whose question is forgotten.
        board.endings = board.endings.filter { _, ending in
            ending.parameters["number"].flatMap { Int64($0) }.map { board.questions[$0] != nil } ?? false
        }
        let kept = board.questions.values.filter { $0.answer != nil }.map(\.command.number).sorted()
        for number in kept.dropLast(maximumKept) { board.questions[number] = nil }
    }
}
