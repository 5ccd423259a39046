import API
import Foundation
import TestSupport
import Testing

@testable import Supervision

@Suite("a session that is being removed ends, whoever is away")
struct RemovalTests {
    private static let endless = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
        print("begun", flush=True)
        while True:
            time.sleep(0.05)
        """

    private func mark(_ session: SessionFixture) throws { try Data().write(to: URL(filePath: session.files.removalMark)) }

    @Test("the supervisor ends all of it by the mark alone, while the server is away", arguments: sandboxes)
    func serverAway(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.endless, sandbox: sandbox) { session in
            let supervisor = try session.supervise()
            try await session.untilOutput(contains: "begun")
            try session.set("down")
            #expect(try await !SessionEnding.end(directory: session.directory.path))
            try mark(session)
            #expect(await supervisor.exitStatus() == 0)
            #expect(session.ownProcesses == [])
            #expect(try await SessionEnding.end(directory: session.directory.path))
        }
    }

    @Test("without a supervisor the server ends it, shim and all", arguments: sandboxes)
    func supervisorGone(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.endless, sandbox: sandbox) { session in
            let supervisor = try session.supervise()
            try await session.untilOutput(contains: "begun")
            let shim = try await session.running().shim
            supervisor.send(SIGKILL)
            supervisor.waitUntilExit()
            try mark(session)
            #expect(try await SessionEnding.end(directory: session.directory.path))
            #expect(session.ownProcesses == [])
            #expect(!shim.isAlive)
            // Nothing begins there any more.
            #expect(try session.supervise().waitUntilExit() == 0)
            #expect(try ChildProcess([SessionFixture.program, "shim", session.directory.path]).waitUntilExit() == 0)
            #expect(session.ownProcesses == [])
        }
    }

    @Test("a shim that is stopped is no hindrance")
    func stoppedShim() async throws {
        try await withSession(Self.endless) { session in
            let supervisor = try session.supervise()
            try await session.untilOutput(contains: "begun")
            let shim = try await session.running().shim
            supervisor.send(SIGKILL)
            supervisor.waitUntilExit()
            kill(shim.processId, SIGSTOP)
            try mark(session)
            var isGone = false
            for _ in 0..<5 where !isGone { isGone = try await SessionEnding.end(directory: session.directory.path) }
            #expect(isGone)
            #expect(session.ownProcesses == [])
        }
    }
}
