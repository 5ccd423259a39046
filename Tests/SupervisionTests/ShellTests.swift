import API
import Foundation
import Testing

@testable import Supervision

@Suite("What a shell runs") struct ShellProgramTests {
    private func program(_ words: [String], terminal: String? = nil) throws -> ShellProgram {
        ShellProgram(
            words: words, terminal: terminal, session: try SessionName(parsing: "a/b/1"), inherited: ["A=1"], shell: "/bin/bash")
    }

    @Test("one word is a line for the shell, several are arguments that no shell reads")
    func words() throws {
        #expect(try program(["ls | wc"]).arguments == ["/bin/bash", "-c", "ls | wc"])
        #expect(try program(["ls", "$HOME; rm"]).arguments == ["/bin/sh", "-c", #"exec "$@""#, "sh", "ls", "$HOME; rm"])
        #expect(try program([]).arguments == ["/bin/bash", "-s"])
        #expect(try program([], terminal: "xterm").arguments == ["/bin/bash", "-i"])
    }

    @Test("it has the session's environment, and on a terminal what that is")
    func environment() throws {
        #expect(try program([]).environment == ["A=1", "SHELL=/bin/bash"])
        let variables = try program([], terminal: "xterm").environment
        #expect(variables.contains("TERM=xterm") && variables.contains { $0.hasPrefix("PS1=a/b/1") })
    }
}

@Suite("Shells beside real processes") struct ShellTests {
    private static let script = """
        import time, os
        print("pid", os.getpid(), flush=True)
        time.sleep(3600)
        """

    private func run(_ words: [String], input: String = "", in session: SessionFixture, number: Int64) async throws -> ShellOutput {
        let directory = session.ledger.appending(path: "shells")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(input.utf8).write(to: directory.appending(path: "\(number).input"))
        let watcher = try FileWatcher(directories: [directory.path])
        defer { watcher.stop() }
        let changes = watcher.changes(of: "\(number).end")
        try session.command(SupervisorCommand(number: number, kind: .shell, body: try Wire.encoder().encode(words)))
        for await _ in changes {
            if let end = FileManager.default.contents(atPath: directory.appending(path: "\(number).end").path) {
                return try Wire.decoder().decode(ShellOutput.self, from: end)
            }
        }
        throw CancellationError()
    }

    private func printed(_ number: Int64, _ stream: String = "output", in session: SessionFixture) -> String {
        String(decoding: session.arrived("shells/\(number).\(stream)"), as: UTF8.self)
    }

    @Test("it has the session's directory, environment, user and rights, and ends as the program does", arguments: sandboxes)
    func shell(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.script, more: ["data.txt": "seven"], sandbox: sandbox) { session in
            try session.supervise()
            try await session.untilOutput(contains: "pid")
            #expect(try await run(["cat data.txt; echo $NSML_SESSION; echo wrong >&2; exit 7"], in: session, number: 1).exitStatus == 7)
            #expect(printed(1, in: session) == "seven\(session.plan.session)\n")
            #expect(printed(1, "errors", in: session) == "wrong\n")
            // Several words: nothing is read by a shell; what is typed is its input.
            #expect(try await run(["sort", "-r"], input: "a\nc\nb\n", in: session, number: 2).exitStatus == 0)
            #expect(printed(2, in: session) == "c\nb\na\n")
            #expect(try await run(["no-such-program", "x"], in: session, number: 3).exitStatus == 127)
            #expect(try await run(["kill -9 $$"], in: session, number: 4).exitStatus == 137)
            guard sandbox == .bubblewrap else { return }
            let look = "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; ls /proc | grep -c '^[0-9]'; id -u"
            _ = try await run([look], in: session, number: 5)
            let lines = printed(5, in: session).split(separator: "\n").map {
                $0.split(whereSeparator: \.isWhitespace).last.map(String.init)
            }
            #expect(lines.prefix(4) == ["0000000000000000", "0000000000000000", "1", "2"], "\(lines)")
            // Bubblewrap, the training, the shell and its own: nothing of the machine.
            #expect(lines.count == 6 && Int(lines[4] ?? "").map { $0 < 10 } == true, "\(lines)")
            #expect(lines.last == "\(session.plan.userId ?? geteuid())")
        }
    }

    @Test("it ends with the session, whatever it does", arguments: sandboxes)
    func ends(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession(Self.script, sandbox: sandbox) { session in
            try session.supervise()
            try await session.untilOutput(contains: "pid")
            async let end = run(
                ["trap '' HUP TERM; touch $NSML_SESSION_DIRECTORY/begun; while :; do sleep 1; done"], in: session, number: 1)
            let share = try FileWatcher(directories: [session.files.share])
            defer { share.stop() }
            for await _ in share.changes(of: "begun") where session.isThere("\(session.files.share)/begun") { break }
            try session.command(SupervisorCommand(number: 2, kind: .stop, stop: StopRequest(graceSeconds: 1, save: false)))
            #expect(try await session.end().state == .stopped)
            #expect(try await end.exitStatus == 137)
            #expect(session.ownProcesses.isEmpty)
        }
    }
}
