import API
import Foundation
import Store
import TestSupport
import Testing

@testable import Platform

@Suite("The platform's chores") struct HousekeepingTests {
    @Test("a start that was cut short before its plan was written is done again, once, in the same place")
    func cutStart() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(gpus: 1, by: fixture.alice)
            let home = fixture.directory.appending(path: "sessions/1")
            let token = try String(contentsOf: home.appending(path: "token-1"), encoding: .utf8)
            try FileManager.default.removeItem(at: home)
            fixture.executor.supervisorEnded(in: home)
            let restarted = try await fixture.restarted()
            restarted.executor.supervisorEnded(in: home)
            var restarts: [Int64: SupervisorRestarts] = [:]
            _ = try await restarted.platform.housekeeping.watchSupervisors(&restarts)
            #expect(restarted.executor.directories == ["1"])
            #expect(try restarted.plan(session, id: 1).epoch == 1 && restarted.plan(session, id: 1).devices == [0])
            let other = try String(contentsOf: home.appending(path: "token-1"), encoding: .utf8)
            #expect(other != token)
            let known = try await restarted.platform.users.identity(ofToken: other.trimmingCharacters(in: .whitespacesAndNewlines))
            #expect(known?.session == session.name)
            // With a plan there, it is the supervisor that is started again.
            _ = try await restarted.platform.housekeeping.watchSupervisors(&restarts)
            #expect(restarted.executor.directories == ["1", "1"])
            #expect(try String(contentsOf: home.appending(path: "token-1"), encoding: .utf8) == other)
            try restarted.platform.close()
        }
    }

    @Test("questions to a model that come together start one session")
    func oneModel() async throws {
        try await withPlatform(configure: { $0.inferStartSeconds = 0 }) { fixture in
            let session = try await fixture.run(by: fixture.alice)
            try await fixture.save(session, as: "3")
            let reference = CheckpointReference(session: session.name, checkpoint: try CheckpointName(parsing: "3"))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let failure = await #expect(throws: Failure.self) {
                            try await fixture.platform.inference.infer(
                                reference, contentType: "text/plain", parameters: [:], body: Data(), by: fixture.alice)
                        }
                        #expect(failure?.code == .timeout)
                    }
                }
            }
            let models = try await fixture.store.read { try $0.sessions(in: SessionState.open) }.filter { $0.record.type == .infer }
            #expect(models.count == 1)
        }
    }

    @Test("no more is asked than fits into memory, and supervisors get it in pieces")
    func boundedQuestions() throws {
        let board = CommandBoard(feed: Feed())
        let body = Data(count: CommandBoard.maximumWaitingBytes / 4)
        for _ in 0..<4 { _ = try board.ask(1, contentType: "text/plain", parameters: [:], body: body) }
        let failure = #expect(throws: Failure.self) { try board.ask(1, contentType: "text/plain", parameters: [:], body: Data(count: 1)) }
        #expect(failure?.code == .tooManyRequests)
        _ = try board.ask(2, contentType: "text/plain", parameters: [:], body: body)
        let commands = board.commands(of: 1, after: 0)
        #expect(commands.count == 4)
        #expect(SupervisionService.firstOf(commands).map(\.number) == commands.prefix(1).map(\.number))
    }

    @Test("a supervisor that knows larger numbers than this server's clock gives hears the next command")
    func clockWentBack() throws {
        let board = CommandBoard(feed: Feed())
        let ahead = board.nextNumber() + 3_600_000_000
        #expect(board.commands(of: 1, after: ahead).isEmpty)
        board.post(.keep, to: 1)
        #expect(board.commands(of: 1, after: ahead).count == 1)
        // What no clock has said is not believed.
        _ = board.commands(of: 1, after: .max)
        #expect(board.nextNumber() < ahead + 1000)
    }
}
