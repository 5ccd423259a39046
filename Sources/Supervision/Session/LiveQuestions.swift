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

    private let control: ControlClient
    private let ended: Occurrence
    /// Questions on their way; true once somebody wants them ended.
    private let open = Mutex<[String: Bool]>([:])

    init(control: ControlClient, ended: Occurrence) {
        self.control = control
        self.ended = ended
    }

    /// What the session's code says to a question; takes as long as that takes.
    func answer(_ command: SupervisorCommand) async -> InferenceAnswer {
        let number = command.parameters["number"] ?? "\(command.number)"
        open.withLock { $0[number] = false }
        defer { open.withLock { $0[number] = nil } }
        let end = ContinuousClock.now + Self.listenLimit
        while true {
            do {
                return Self.carried(try await ask(command))
            } catch let error as SystemError where error.meansNobodyListens {
                if ended.hasHappened { return InferenceAnswer(failure: "the session has ended") }
                if open.withLock({ $0[number] == true }) {
                    return InferenceAnswer(failure: "nobody listened yet, and the question was taken back")
                }
                guard ContinuousClock.now < end else { return InferenceAnswer(failure: Self.deaf) }
            } catch {
                return InferenceAnswer(
                    failure: ended.hasHappened ? "the session ended before it answered" : "the session did not answer: \(error)")
            }
            // Cancelled with everything else.
            try? await Task.sleep(for: Self.pause)
        }
    }

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
