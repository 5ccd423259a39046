import API
import Content
import Foundation
import TestSupport
import Testing

@testable import Supervision

/// The faults of the rules' catalogue that concern supervisor, shim and process (8, 9, 10, 12, 13, 16).
@Suite("what is killed, cut off or lost changes nothing for the session")
struct FaultTests {
    /// Prints numbered lines, reports, and ends with a code that nobody would guess.
    static let numbers = """
        import sys, time
        from nsml import report
        for step in range(600):
            print(step, step * 7919 % 104729)
            report(step=step, loss=1 / (step + 1))
            time.sleep(0.002)
        sys.exit(37)
        """
    static let expected = (0..<600).map { "\($0) \($0 * 7919 % 104_729)\n" }.joined()

    private func check(_ session: SessionFixture) async throws {
        let end = try await session.end()
        #expect(end.state == .failed)
        #expect(end.exit?.exitCode == 37)
        #expect(session.output == Self.expected)
        let steps = session.arrived("journal").split(separator: 0x0A).compactMap { line -> Int? in
            guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any], object["kind"] as? String == "report" else {
                return nil
            }
            return object["step"] as? Int
        }
        #expect(steps == Array(0..<600))
        #expect(!session.isDamaged)
    }

    @Test("supervisors are killed again and again: no byte is lost or doubled, and the exit code is kept", arguments: sandboxes)
    func supervisorsKilled(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.numbers, sandbox: sandbox) { session in
            for step in [0, 90, 180, 300, 450] {
                let supervisor = try session.supervise()
                try await session.untilOutput(contains: "\(step) \(step * 7919 % 104_729)\n")
                kill(supervisor.processIdentifier, SIGKILL)
                supervisor.waitUntilExit()
            }
            try session.supervise()
            try await check(session)
            // A supervisor that was killed right after it said something leaves the next one to say it again.
            var states: [SessionState] = []
            for state in session.progress.map(\.state) where state != states.last { states.append(state) }
            #expect(states == [.preparing, .running, .failed])
        }
    }

    @Test("a process that ends while no supervisor lives has its exit code kept")
    func endsUnsupervised() async throws {
        try await withSession(Self.numbers) { session in
            let supervisor = try session.supervise()
            _ = try await session.running()
            kill(supervisor.processIdentifier, SIGKILL)
            supervisor.waitUntilExit()
            try await session.until("exit.json", "the end of the process") { session.isThere(session.files.exit) }
            try session.supervise()
            try await check(session)
        }
    }

    @Test("a server that loses every third answer gets everything once")
    func flakyServer() async throws {
        try await withSession(Self.numbers) { session in
            try session.set("flaky")
            try session.supervise()
            try await check(session)
        }
    }

    @Test("a server that is away from before the start to after the end gets everything once")
    func serverAway() async throws {
        try await withSession(Self.numbers) { session in
            try session.set("down")
            let supervisor = try session.supervise()
            try await session.until("exit.json", "the end of the process") { session.isThere(session.files.exit) }
            kill(supervisor.processIdentifier, SIGKILL)
            supervisor.waitUntilExit()
            #expect(session.output.isEmpty)
            try session.unset("down")
            try session.supervise()
            try await check(session)
        }
    }

    /// Leaves a process behind that wants to live on: of another session, and orphaned.
    static let orphans = """
        import os, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                print('orphan', flush=True)
                time.sleep(600)
            os._exit(0)
        print('ready', flush=True)
        time.sleep(600)
        """

    @Test("the shim is killed: the session has failed, and none of its processes is left", arguments: sandboxes)
    func shimKilled(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.orphans, sandbox: sandbox) { session in
            try session.supervise()
            try await session.untilOutput(contains: "orphan")
            try await session.untilOutput(contains: "ready")
            let record = try await session.running()
            #expect(!session.ownProcesses.isEmpty)
            kill(record.shim.processId, SIGKILL)
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.reason == "supervision lost: the session's shim was killed")
            #expect(session.ownProcesses.isEmpty)
        }
    }

    @Test("the process is killed: the reason names the signal, and what it left behind is gone", arguments: sandboxes)
    func processKilled(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.orphans, sandbox: sandbox) { session in
            try session.supervise()
            try await session.untilOutput(contains: "orphan")
            try await session.untilOutput(contains: "ready")
            let record = try await session.running()
            kill(try #require(record.process).processId, SIGKILL)
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.reason == "killed by signal 9 (SIGKILL)")
            #expect(session.ownProcesses.isEmpty)
        }
    }

    @Test("the node was restarted: the session has failed, and a stranger with the old number is not touched")
    func rebooted() async throws {
        try await withSession("") { session in
            let stranger = try ChildProcess(["/bin/sleep", "600"], output: .nothing, errors: .nothing)
            defer { stranger.send(SIGTERM) }
            var identity = try #require(ProcessIdentity(processId: stranger.processIdentifier))
            identity.bootId = "another"
            let record = ShimRecord(epoch: 1, shim: identity, process: identity, startedAt: Date())
            try DurableFile.write(json: record, to: session.files.shim)
            try DurableFile.write(
                json: LaunchRecord(epoch: 1, arguments: ["/bin/true"], environment: [], sandbox: .none), to: session.files.launch)
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.reason == "supervision lost: the node was restarted")
            #expect(stranger.isRunning)
        }
    }

    @Test("the server has placed the session anew: its process is ended, and nothing more is said")
    func superseded() async throws {
        try await withSession(Self.orphans) { session in
            let supervisor = try session.supervise()
            try await session.untilOutput(contains: "ready")
            try await session.untilState(.running)
            let before = session.progress.count
            try session.set("refuse", "stale_epoch")
            #expect(supervisor.waitUntilExit() == 0)
            #expect(session.ownProcesses.isEmpty)
            #expect(session.progress.count == before)
        }
    }

    @Test("a server that does not know us is not believed at once")
    func unknown() async throws {
        try await withSession(Self.numbers) { session in
            try session.supervise()
            try await session.untilOutput(contains: "20 ")
            try session.set("refuse", "not_logged_in")
            try await session.until("exit.json", "the end of the process") { session.isThere(session.files.exit) }
            try session.unset("refuse")
            try await check(session)
        }
    }

    @Test("a second supervisor ends at once, and the first goes on")
    func twoSupervisors() async throws {
        try await withSession(Self.numbers) { session in
            try session.supervise()
            try await session.untilOutput(contains: "20 ")
            #expect(SupervisorLauncher.isAlive(directory: session.directory.path))
            let second = try session.supervise()
            #expect(second.waitUntilExit() == 0)
            try await check(session)
        }
    }

    @Test("a supervisor that the launcher starts is nobody's child, and knows nothing of the server's secrets")
    func launched() async throws {
        let script = "import os, time\nprint([name for name in os.environ if 'SECRET' in name], flush=True)\ntime.sleep(600)"
        try await withSession(script) { session in
            setenv("NSML_SECRET", "secret", 1)
            try SupervisorLauncher.launch(executable: SessionFixture.program, directory: session.directory.path)
            try await session.untilState(.running)
            #expect(SupervisorLauncher.isAlive(directory: session.directory.path))
            #expect(SupervisorLauncher.isShimAlive(directory: session.directory.path))
            let record = try await session.running()
            let own = ProcessTable.descendants(of: getpid()).map(\.processId)
            #expect(!own.contains(record.shim.processId))
            try await session.untilOutput(contains: "]\n")
            #expect(session.output == "[]\n")
            try session.command(SupervisorCommand(number: 1, kind: .stop, stop: StopRequest(graceSeconds: 20, save: false)))
            #expect(try await session.end().state == .stopped)
            #expect(!SupervisorLauncher.isShimAlive(directory: session.directory.path))
        }
    }

    @Test("a program that is not there is said to whoever launches it")
    func launchFails() async throws {
        try await withSession("") { session in
            let failure = #expect(throws: Failure.self) {
                try SupervisorLauncher.launch(executable: "/no/such/nsml", directory: session.directory.path)
            }
            #expect(failure?.code == .localError)
            #expect(!SupervisorLauncher.isAlive(directory: session.directory.path))
        }
    }

    @Test("a shim that finds its work done before, or begun by another, does nothing")
    func secondShim() async throws {
        try await withSession("print('once')") { session in
            try session.supervise()
            _ = try await session.end()
            #expect(try ChildProcess([SessionFixture.program, "shim", session.directory.path]).waitUntilExit() == 0)
            #expect(FileManager.default.contents(atPath: session.files.output) == Data("once\n".utf8))
        }
    }

    @Test("a program that cannot be started is an end with a reason")
    func cannotStart() async throws {
        try await withSession("") { session in
            try DurableFile.write(
                json: LaunchRecord(epoch: 1, arguments: ["/no/such/program"], environment: [], sandbox: .none), to: session.files.launch)
            try ChildProcess([SessionFixture.program, "shim", session.directory.path]).waitUntilExit()
            let record = try #require(DurableFile.read(ExitRecord.self, from: session.files.exit))
            #expect(record.startFailure == "/no/such/program could not be started: No such file or directory")
        }
    }
}
