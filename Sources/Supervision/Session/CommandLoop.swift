import API
import Foundation
import Glibc
import Logging
import Synchronization

/// Asks the server what it wants of this session, all the time, and does it.
final class CommandLoop: Sendable {
    private static let waitSeconds = 25.0
    /// As long as the server itself waits for an answer of a model.
    private static let answerLimit = Duration.seconds(600)
    /// How long a session that has just started may take until its code has loaded what it answers with.
    private static let readyLimit = Duration.seconds(600)
    /// What the library says while it is not that far.
    private static let notReadyCode = "cannot_infer"

    private struct State {
        var questions = 0
        /// When it began to be ready for the next question; nil: it is not that far.
        var idleSince: ContinuousClock.Instant?
    }

    private let epoch: Int
    private let process: SessionProcess
    private let connection: any ServerConnection
    private let control: ControlClient
    private let questions: LiveQuestions
    private let stacks: Stacks
    private let refusals: Refusals
    private let shipped: ShippedState
    private let ended: Occurrence
    private let stop: @Sendable (ShippedRecord.Stop) -> Void
    private let keep: @Sendable () -> Void
    private let log: Logger
    private let state = Mutex(State())

    init(
        epoch: Int, connection: any ServerConnection, process: SessionProcess, control: ControlClient, refusals: Refusals,
        shipped: ShippedState, ended: Occurrence, log: Logger, stop: @escaping @Sendable (ShippedRecord.Stop) -> Void,
        keep: @escaping @Sendable () -> Void
    ) {
        self.epoch = epoch
        self.process = process
        self.connection = connection
        self.control = control
        let reaching = Reaching(process: process)
        questions = LiveQuestions(control: control, reaching: reaching, ended: ended)
        stacks = Stacks(process: process, control: control, reaching: reaching)
        self.refusals = refusals
        self.shipped = shipped
        self.ended = ended
        self.log = log
        self.stop = stop
        self.keep = keep
    }

    /// For how long it could have answered and nobody asked.
    var idleTime: Duration {
        state.withLock { state in state.idleSince.map { state.questions > 0 ? .zero : ContinuousClock.now - $0 } ?? .zero }
    }

    /// The code has loaded what it answers with, and waits.
    func becameReady() { state.withLock { $0.idleSince = .now } }

    /// Runs until cancelled. Throws otherwise only when the session is not ours any more.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var backoff = Backoff()
            var after = shipped.current.command
            while true {
                do {
                    let commands = try await connection.commands(after: after, epoch: epoch, waitSeconds: Self.waitSeconds)
                    refusals.succeeded()
                    backoff.reset()
                    for command in commands {
                        take(command, in: &group)
                        after = max(after, command.number)
                        // A supervisor that comes after this one asks questions again; the library evaluates each once.
                        if command.kind != .question, command.kind != .interrupt {
                            shipped.note { $0.command = max($0.command, command.number) }
                        }
                    }
                } catch {
                    try refusals.check(error, log: log)
                    try await Task.sleep(for: backoff.next())
                }
            }
        }
    }

    private func take(_ command: SupervisorCommand, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        switch command.kind {
        case .stop:
            let request = command.stop ?? StopRequest()
            log.info("asked to stop")
            stop(.init(reason: nil, outcome: .stopped, graceSeconds: request.graceSeconds, save: request.save))
        case .yield:
            guard let request = command.yield else { return }
            log.info("asked to give the place back", metadata: ["cause": "\(request.cause.rawValue)"])
            stop(
                .init(
                    reason: nil, outcome: request.cause == .pause ? .paused : .queued, graceSeconds: request.graceSeconds, save: true,
                    yield: request.cause))
        case .keep:
            log.info("need not give the place back")
            keep()
        case .release:
            keep()
            group.addTask { [self] in
                // A code that is not held goes on anyway.
                _ = try? await control.request("release", limit: .seconds(10))
            }
        case .question:
            let (questions, stacks) = (questions, stacks)
            state.withLock { $0.questions += 1 }
            group.addTask { [self] in
                defer {
                    state.withLock {
                        $0.questions -= 1
                        if $0.idleSince != nil { $0.idleSince = .now }
                    }
                }
                let isStack = command.parameters["command"] == QuestionKind.stack.rawValue
                try await send(isStack ? await stacks.answer() : await questions.answer(command), to: command)
            }
        case .interrupt:
            let questions = questions
            group.addTask { [self] in try await send(await questions.end(command), to: command) }
        case .shell:
            state.withLock { $0.questions += 1 }
            let shell = SessionShell(command, process: process, connection: connection, sessionEnded: ended, log: log)
            group.addTask { [self] in
                defer { state.withLock { $0.questions -= 1 } }
                try await shell.run()
            }
        case .infer:
            state.withLock { $0.questions += 1 }
            group.addTask { [self] in
                defer {
                    state.withLock {
                        $0.questions -= 1
                        $0.idleSince = .now
                    }
                }
                try await send(await answer(command), to: command)
            }
        }
    }

    private func answer(_ command: SupervisorCommand) async -> InferenceAnswer {
        do {
            let answer = try await ask(command)
            return InferenceAnswer(
                contentType: answer.contentType ?? (answer.failure == nil ? "application/octet-stream" : "text/plain; charset=utf-8"),
                body: Data(answer.body), failure: answer.failure?.message)
        } catch {
            return InferenceAnswer(failure: "the session did not answer: \(error)")
        }
    }

    private func ask(_ command: SupervisorCommand) async throws -> ControlClient.Answer {
        let end = ContinuousClock.now + Self.readyLimit
        func mayWait() -> Bool { ContinuousClock.now < end && !ended.hasHappened }
        while true {
            let answer = try await ControlClient.whenSomebodyListens(while: mayWait) {
                try await control.request(
                    "infer", parameters: command.parameters, contentType: command.contentType, body: Array(command.body ?? Data()),
                    limit: Self.answerLimit)
            }
            guard mayWait(), answer.failure?.code == Self.notReadyCode else { return answer }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func send(_ answer: InferenceAnswer, to command: SupervisorCommand) async throws {
        var backoff = Backoff()
        // Nobody waits longer for it.
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            do {
                return try await connection.answer(command.number, with: answer)
            } catch let failure as Failure where failure.code != .serverUnreachable && ServerRefusal(failure) != .tryAgain {
                log.info("an answer came too late", metadata: ["command": "\(command.number)", "error": "\(failure)"])
                return
            } catch {
                try Task.checkCancellation()
                try await Task.sleep(for: backoff.next())
            }
        }
    }
}
