import API
import Foundation
import Testing

@testable import Supervision

@Suite("reports that wait for the server")
struct ProgressReporterTests {
    @Test(
        "the way to the present state stays whole, and short",
        arguments: [
            ([SessionState.preparing, .running, .paused, .running, .paused], 0, [SessionState.preparing, .running, .paused]),
            ([.running, .paused, .finished], 0, [.running, .paused, .finished]),
            // The first is on its way to the server and may not be changed.
            ([.paused, .running, .paused], 1, [.paused, .paused]), ([.running, .running], 0, [.running, .running]),
        ])
    func waiting(_ added: [SessionState], _ first: Int, _ expected: [SessionState]) {
        var waiting: [SessionProgress] = []
        for state in added { ProgressReporter.enqueue(SessionProgress(epoch: 1, state: state, at: Date()), in: &waiting, first: first) }
        #expect(waiting.map(\.state) == expected)
    }

    @Test("waits grow up to a limit, and no two are the same")
    func backoff() {
        var backoff = Backoff(first: .milliseconds(100), limit: .seconds(5))
        let waits = (0..<9).map { _ in backoff.next(random: 1) }
        #expect(waits.prefix(3) == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
        #expect(waits.last == .seconds(5))
        backoff.reset()
        #expect(backoff.next(random: 0) == .milliseconds(50))
    }

    @Test(
        "what a refusal means",
        arguments: [
            (Failure(.serverUnreachable, ""), ServerRefusal.tryAgain), (Failure(.tooManyRequests, ""), .tryAgain),
            (Failure(.storageFull, ""), .tryAgain),
            (Failure(.internal, ""), .tryAgain), (Failure(.timeout, ""), .tryAgain), (Failure(.staleEpoch, ""), .superseded),
            (Failure(.notFound, ""), .unknown), (Failure(.notLoggedIn, ""), .unknown),
            (Failure(.tooLarge, ""), .refused(Failure(.tooLarge, ""))),
        ])
    func refusals(_ failure: Failure, _ meaning: ServerRefusal) {
        #expect(ServerRefusal(failure) == meaning)
    }
}
