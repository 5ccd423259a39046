import API
import Foundation
import Synchronization

/// Carries questions to the library in the session's process, and brings its answers.
final class LiveQuestions: Sendable {
    /// How long code that has just begun may take until it can be asked.
    private static let listenLimit = Duration.seconds(10)
    /// How long an ending is repeated for a question that the library has not begun to know.
    private static let endLimit = Duration.seconds(5)
    private static let pause = Duration.milliseconds(50)
    /// How long a process may take to end after it has closed its connections.
    private static let endingTime = Duration.seconds(2)
    /// How old a process is that is reached from outside when it does not listen: most have come to their imports by then.
    private static let reachAge = Duration.seconds(3)
    private static let reachSeconds = 5
    /// How often a question that waits for a safe point is looked after, in case its code has none.
    private static let lookPause = Duration.milliseconds(200)

    private let control: ControlClient
    private let reaching: Reaching
    private let ended: Occurrence
    /// Questions on their way; true once somebody wants them ended.
    private let open = Mutex<[String: Bool]>([:])
    /// Whether the code was seen to have no safe points but those that are made for it.
    private let isLent = Mutex(false)
    /// One at a time: the interpreter keeps only the last wish, and a safe point serves all that wait.
    private let isReaching = Mutex(false)

    init(control: ControlClient, reaching: Reaching, ended: Occurrence) {
        self.control = control
        self.reaching = reaching
        self.ended = ended
    }

    /// What the session's code says to a question; takes as long as that takes.
    func answer(_ command: SupervisorCommand) async -> InferenceAnswer {
        let number = command.parameters["number"] ?? "\(command.number)"
        open.withLock { $0[number] = false }
        defer { open.withLock { $0[number] = nil } }
        let begun = ContinuousClock.now
        var outcome: Reaching.Outcome?
        do {
            let answer = try await ControlClient.whenSomebodyListens(pause: Self.pause) {
                if ended.hasHappened || isTakenBack(number) { return false }
                guard outcome == nil, let age = reaching.process.runningTime, age >= Self.reachAge else {
                    // Code that has run for a while, and cannot be reached, will not begin to listen.
                    if case .impossible = outcome, reaching.process.runningTime ?? .zero > Self.listenLimit { return false }
                    return ContinuousClock.now - begun < Self.listenLimit
                }
                outcome = await reach()
                if outcome == .reached { isLent.withLock { $0 = true } }
                return true
            } _: {
                try await ask(command)
            }
            return Self.carried(answer)
        } catch let error as SystemError where error.meansNobodyListens {
            if ended.hasHappened { return InferenceAnswer(failure: "the session has ended") }
            if isTakenBack(number) { return InferenceAnswer(failure: "nobody listened yet, and the question was taken back") }
            switch outcome {
            case .late(let why), .impossible(let why):
                return InferenceAnswer(failure: "\(Self.deaf). It cannot be reached from outside: \(why)")
            case .reached, nil: return InferenceAnswer(failure: Self.deaf)
            }
        } catch {
            // A process that ends closes its sockets some moments before anybody knows that it has ended.
            let isAlive = try? await ended.unlessItHappens {
                try await Task.sleep(for: Self.endingTime)
                return true
            }
            return InferenceAnswer(
                failure: isAlive == true ? "the session did not answer: \(error)" : "the session ended before it answered")
        }
    }

    private func isTakenBack(_ number: String) -> Bool { open.withLock { $0[number] == true } }

    /// Has the library end a question.
    func end(_ command: SupervisorCommand) async -> InferenceAnswer {
        let number = command.parameters["number"] ?? ""
        let limit = ContinuousClock.now + Self.endLimit
        while ContinuousClock.now < limit {
            let isOpen = open.withLock { open in
                if open[number] != nil { open[number] = true }
                return open[number] != nil
            }
            // Nobody listens: then there is nothing to end.
            let answer = try? await control.request("interrupt", parameters: ["number": number], limit: .seconds(2))
            if !isOpen || (answer != nil && answer?.failure == nil) { break }
            try? await Task.sleep(for: Self.pause)
        }
        return InferenceAnswer(contentType: "text/plain; charset=utf-8", body: Data())
    }

    private func ask(_ command: SupervisorCommand) async throws -> ControlClient.Answer {
        let kind = QuestionKind(rawValue: command.parameters["command"] ?? "")
        guard kind?.runsCode == true, command.parameters["now"] != "true" else { return try await send(command) }
        return try await withThrowingTaskGroup(of: ControlClient.Answer?.self) { group in
            group.addTask { [self] in try await send(command) }
            group.addTask { [self] in
                await makeSafePoints()
                return nil
            }
            defer { group.cancelAll() }
            while let said = try await group.next() {
                if let answer = said { return answer }
            }
            throw CancellationError()
        }
    }

    /// Code that was reached from outside has no safe points of its own: one is made now and then, until this is cancelled.
    private func makeSafePoints() async {
        // Cancelled when the question is answered.
        while (try? await Task.sleep(for: isLent.withLock { $0 } ? Self.pause : Self.lookPause)) != nil {
            guard let state = await control.state() else { continue }
            isLent.withLock { $0 = state.lent == true }
            guard state.lent == true, !Task.isCancelled else { return }
            _ = await reach()
        }
    }

    /// nil when somebody else is at it.
    private func reach() async -> Reaching.Outcome? {
        let isFree = isReaching.withLock { isReaching in
            defer { isReaching = true }
            return !isReaching
        }
        guard isFree else { return nil }
        defer { isReaching.withLock { $0 = false } }
        return await reaching.reach(seconds: Self.reachSeconds)
    }

    private func send(_ command: SupervisorCommand) async throws -> ControlClient.Answer {
        try await control.request(
            command.parameters["command"] ?? "", parameters: command.parameters, contentType: command.contentType,
            body: Array(command.body ?? Data()), limit: nil)
    }

    private static func carried(_ answer: ControlClient.Answer) -> InferenceAnswer {
        InferenceAnswer(
            contentType: answer.contentType ?? "text/plain; charset=utf-8", body: Data(answer.body), failure: answer.failure?.message)
    }

    private static let deaf =
        "the session's code cannot be asked: it has not called nsml yet; let it import nsml and call nsml.report(), nsml.bind() or "
        + "nsml.paused()"
}
