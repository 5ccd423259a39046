import API
import Content
import Foundation
import TestSupport
import Testing

@testable import Supervision

@Suite("checkpoints, questions and stops, with the real library")
struct CheckpointTests {
    static let saving = """
        import os, nsml
        state = {'w': 0}
        def save(directory):
            with open(os.path.join(directory, 'w'), 'w') as file: file.write(str(state['w']))
        def load(directory):
            with open(os.path.join(directory, 'w')) as file: state['w'] = int(file.read())
        nsml.bind(save=save, load=load)

        """

    private func content(_ checkpoint: NewCheckpoint, of session: SessionFixture) throws -> [String: String] {
        let store = try ContentStore(directory: session.ledger.appending(path: "content"), isWriter: false)
        let entries = try Manifest(bytes: store.read(checkpoint.manifest)).entries
        return try Dictionary(uniqueKeysWithValues: entries.map { ($0.path, String(decoding: try store.read($0.digest), as: UTF8.self)) })
    }

    @Test("each save is stored once, with what was in it and what was reported before", arguments: sandboxes)
    func saves(_ sandbox: SessionPlan.Sandbox) async throws {
        let script =
            Self.saving + """
                for step in range(3):
                    state['w'] = step * 10
                    nsml.report(step=step, summary=True, loss=step / 2)
                    nsml.save(step)
                """
        try await withSession(script, sandbox: sandbox) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished, "\(session.output)")
            #expect(session.checkpoints.map(\.name.rawValue) == ["0", "1", "2"])
            #expect(session.checkpoints.map(\.step) == [0, 1, 2])
            #expect(session.checkpoints.last?.summary["loss"]?.value == 1)
            #expect(try session.checkpoints.map { try content($0, of: session).values.first } == ["0", "10", "20"])
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(session.files.share)/checkpoints")
            #expect(left.filter { !$0.hasPrefix(".") }.isEmpty)
        }
    }

    @Test("while the server is away, saves wait, are loaded from here, and outlive their supervisor", arguments: sandboxes)
    func serverAway(_ sandbox: SessionPlan.Sandbox) async throws {
        let script =
            Self.saving + """
                for step in range(3):
                    state['w'] = step * 10
                    nsml.save(step)
                nsml.load(1)
                print('loaded', state['w'])
                """
        try await withSession(script, sandbox: sandbox) { session in
            try session.set("down")
            let supervisor = try session.supervise()
            try await session.until("exit.json", "the end of the process") { session.isThere(session.files.exit) }
            #expect(String(decoding: FileManager.default.contents(atPath: session.files.output) ?? Data(), as: UTF8.self) == "loaded 10\n")
            kill(supervisor.processIdentifier, SIGKILL)
            supervisor.waitUntilExit()
            try session.unset("down")
            try session.supervise()
            #expect(try await session.end().state == .finished)
            #expect(session.checkpoints.map(\.name.rawValue) == ["0", "1", "2"])
            #expect(try session.checkpoints.map { try content($0, of: session).values.first } == ["0", "10", "20"])
        }
    }

    @Test("what was stored is loaded from the server; what is not there is a KeyError that names it", arguments: sandboxes)
    func loads(_ sandbox: SessionPlan.Sandbox) async throws {
        let script =
            Self.saving + """
                state['w'] = 7
                nsml.save('a')
                import time
                while os.path.exists(os.path.join(os.environ['NSML_SESSION_DIRECTORY'], 'checkpoints', '000001')): time.sleep(0.01)
                state['w'] = 0
                nsml.load('a')
                print('loaded', state['w'])
                try:
                    nsml.load('b')
                except KeyError as error:
                    print(error)
                """
        try await withSession(script, sandbox: sandbox) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished, "\(session.output)")
            #expect(session.output == "loaded 7\n'\(session.plan.session)/nsml_model/b'\n")
        }
    }

    @Test("a checkpoint over the limit is left out with a warning, and training goes on")
    func limit() async throws {
        let script = Self.saving + "state['w'] = '9' * 1000\nnsml.save('big')\nstate['w'] = 1\nnsml.save('small')\nprint('on')"
        try await withSession(script, change: { $0.checkpointLimitBytes = 100 }) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished)
            #expect(session.checkpoints.map(\.name.rawValue) == ["small"])
            #expect(session.output.contains("NSML Warning) Cannot upload models over 100.0"))
        }
    }

    @Test("a link in the place of a checkpoint reads nothing of the machine", arguments: sandboxes)
    func links(_ sandbox: SessionPlan.Sandbox) async throws {
        let script = """
            import json, os, time
            share = os.environ['NSML_SESSION_DIRECTORY']
            os.symlink('/etc', share + '/checkpoints/000001')
            os.mkdir(share + '/checkpoints/000002')
            os.symlink('/etc/passwd', share + '/checkpoints/000002/w')
            with open(share + '/checkpoints/000002/x', 'w') as file: file.write('mine')
            with open(share + '/journal.ndjson', 'a') as file:
                for name, directory in ('a', 'checkpoints/000001'), ('b', 'checkpoints/000002'), ('c', 'checkpoints/../..'), ('d', '/etc/x'):
                    file.write(json.dumps({'kind': 'checkpoint', 'time': time.time(), 'name': name, 'directory': directory}) + '\\n')
            """
        try await withSession(script, sandbox: sandbox) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished, "\(session.output)")
            #expect(session.checkpoints.map(\.name.rawValue) == ["b"])
            #expect(try content(try #require(session.checkpoints.first), of: session) == ["x": "mine"])
        }
    }

    private func stop(_ session: SessionFixture, grace: Double, save: Bool) throws {
        let request = StopRequest(graceSeconds: grace, save: save)
        try session.command(SupervisorCommand(number: 1, kind: .stop, stop: request))
    }

    @Test("a stop saves where the code can, and then lets it end", arguments: sandboxes)
    func stops(_ sandbox: SessionPlan.Sandbox) async throws {
        let script =
            Self.saving + """
                import signal, sys, time
                def bye(*_):
                    print('bye')
                    sys.exit(0)
                signal.signal(signal.SIGTERM, bye)
                for step in range(100000):
                    nsml.report(step=step, loss=1)
                    if step == 3: print('training')
                    time.sleep(0.005)
                """
        try await withSession(script, sandbox: sandbox) { session in
            try session.supervise()
            try await session.untilOutput(contains: "training")
            try stop(session, grace: 20, save: true)
            let end = try await session.end()
            #expect(end.state == .stopped)
            #expect(end.exit?.exitCode == 0)
            #expect(session.output == "training\nbye\n")
            #expect(session.checkpoints.map(\.name.rawValue) == ["stopped"])
        }
    }

    @Test("a checkpoint that is stored is loaded from this node while the server is away, or a clear error says why not")
    func loadsWithoutServer() async throws {
        let script =
            Self.saving + """
                import time
                state['w'] = 5
                nsml.save('five')
                while not os.path.exists('go'): time.sleep(0.01)
                state['w'] = 0
                nsml.load('five')
                print('have', state['w'])
                try:
                    nsml.load('six')
                except Exception as error:
                    print('no', error)
                """
        try await withSession(script) { session in
            try session.supervise()
            try await session.until("checkpoints", "the checkpoint") { session.checkpoints.count == 1 }
            // Where server and session share a node, they share the content.
            #expect(try SessionFixture.put(["w": "5"], contentOf: session.plan) == session.checkpoints.first?.manifest)
            try await session.until("shipped.json", "the note") { session.isThere(session.files.checkpoints) }
            try session.set("down")
            try Data().write(to: session.directory.appending(path: "code/go"))
            try await session.until("exit.json", "the end of the process") { session.isThere(session.files.exit) }
            try session.unset("down")
            _ = try await session.end()
            #expect(session.output.contains("have 5\n"), "\(session.output)")
            #expect(session.output.contains("this node does not know it"), "\(session.output)")
        }
    }

    @Test("a process that does not obey is killed with all that it has started", arguments: sandboxes)
    func killedAfterGrace(_ sandbox: SessionPlan.Sandbox) async throws {
        let script = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FaultTests.orphans
        try await withSession(script, sandbox: sandbox) { session in
            try session.supervise()
            try await session.untilOutput(contains: "orphan")
            try await session.untilOutput(contains: "ready")
            try stop(session, grace: 0.3, save: false)
            let end = try await session.end()
            #expect(end.state == .stopped)
            #expect(end.reason == "killed: it did not end within 0.3 s of being asked to")
            #expect(session.ownProcesses.isEmpty)
        }
    }

    @Test("a stop that is older than the start is obeyed too")
    func stopsEarly() async throws {
        try await withSession("import time\ntime.sleep(600)") { session in
            try stop(session, grace: 0.3, save: false)
            try session.supervise()
            #expect(try await session.end().state == .stopped)
        }
    }

    @Test("an infer session answers what it is asked, and tells failures", arguments: sandboxes)
    func infers(_ sandbox: SessionPlan.Sandbox) async throws {
        let script = """
            import nsml
            def infer(data, **_):
                text = data[0].decode()
                if text == 'bad': raise ValueError('not this')
                return text[::-1]
            nsml.bind(infer=infer)
            nsml.paused()
            """
        try await withSession(
            script, sandbox: sandbox,
            change: { plan in
                plan.type = .infer
            }
        ) { session in
            func ask(_ number: Int64, _ text: String) async throws -> InferenceAnswer {
                try session.command(
                    SupervisorCommand(number: number, kind: .infer, contentType: "application/octet-stream", body: Data(text.utf8)))
                try await session.until("\(number)", "an answer") { !session.arrived("answers/\(number)").isEmpty }
                return try Wire.decoder().decode(InferenceAnswer.self, from: session.arrived("answers/\(number)"))
            }
            try session.supervise()
            let good = try await ask(1, "abc")
            #expect(good.failure == nil)
            #expect(good.body == Data("cba".utf8), "\(good)")
            let bad = try await ask(2, "bad")
            #expect(bad.failure?.contains("not this") == true)
            #expect(String(decoding: bad.body, as: UTF8.self).contains("Traceback"))
            try session.command(SupervisorCommand(number: 3, kind: .stop, stop: StopRequest(graceSeconds: 20, save: true)))
            #expect(try await session.end().state == .stopped)
            #expect(session.progress.map(\.state) == [.preparing, .running, .paused, .stopped])
        }
    }

    @Test("an infer session that nobody asks ends by itself")
    func idles() async throws {
        try await withSession(
            "import nsml\nnsml.bind(infer=lambda x: x)\nnsml.paused()",
            change: { plan in
                plan.type = .infer
                plan.idleSeconds = 0.2
            }
        ) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .finished)
            #expect(end.reason == "idle for 0.2 s")
        }
    }

    @Test("a session that has had its time ends")
    func maximum() async throws {
        try await withSession("import time\ntime.sleep(600)", change: { $0.maximumSeconds = 0.5 }) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .finished)
            #expect(end.reason == "it had its time of 0.5 s")
        }
    }
}
