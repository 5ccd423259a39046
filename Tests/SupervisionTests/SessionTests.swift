import API
import Foundation
import TestSupport
import Testing

@testable import Supervision

/// The sandboxes that work on this machine.
let sandboxes: [SessionPlan.Sandbox] =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap") ? [.none, .bubblewrap] : [.none]

@Suite("a session, from its plan to its last byte")
struct SessionTests {
    @Test("what a process prints arrives, and how it ended", arguments: sandboxes)
    func runs(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession("import os\nprint('hello from', os.getcwd())", sandbox: sandbox) { session in
            let supervisor = try session.supervise()
            let end = try await session.end()
            supervisor.waitUntilExit()
            #expect(end.state == .finished, "\(end)")
            #expect(end.exit?.exitCode == 0)
            #expect(end.reason == nil)
            let directory = sandbox == .none ? session.files.code : "/app"
            #expect(session.output == "hello from \(directory)\n")
            #expect(session.progress.map(\.state) == [.preparing, .running, .finished])
            #expect(!FileManager.default.fileExists(atPath: session.files.token(epoch: session.plan.epoch)))
        }
    }

    @Test("a script that fails is told with its exception", arguments: sandboxes)
    func fails(_ sandbox: SessionPlan.Sandbox) async throws {
        try await withSession("raise ValueError('no such luck')", sandbox: sandbox) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.exit?.exitCode == 1)
            #expect(end.reason == "exited with code 1: ValueError: no such luck")
        }
    }

    @Test("an entry that is not in the workspace is said before anything starts")
    func missingEntry() async throws {
        try await withSession("", change: { $0.entry = "train.py" }) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.reason?.contains("'train.py'") == true)
            #expect(session.output.contains("train.py"))
        }
    }

    @Test("training sees its dataset without what is hidden, and cannot change it", arguments: sandboxes)
    func dataset(_ sandbox: SessionPlan.Sandbox) async throws {
        let script = """
            import os
            from nsml import DATASET_PATH, DATASET_NAME, SESSION_NAME
            print(DATASET_NAME, SESSION_NAME, sorted(os.listdir(DATASET_PATH)), open(DATASET_PATH + '/train/train_data').read())
            try:
                open(DATASET_PATH + '/train/new', 'w'); print('written')
            except OSError as error:
                print('read-only')
            """
        let files = ["train/train_data": "12 3", "test/test_label": "secret", "test_submit/test_label": "s", "data_loader.py": ""]
        try await withSession(script, sandbox: sandbox, dataset: files) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished)
            let lines = session.output.split(separator: "\n")
            #expect(lines.first == "mnist \(session.plan.session) ['data_loader.py', 'train'] 12 3")
            // Without a sandbox, root may write anywhere.
            if sandbox == .bubblewrap || geteuid() != 0 { #expect(lines.last == "read-only") }
        }
    }

    @Test("a checkpoint to start with lies where the library looks for it", arguments: sandboxes)
    func initialCheckpoint(_ sandbox: SessionPlan.Sandbox) async throws {
        let script = """
            import os, sys
            directory = os.environ['NSML_LOAD_DIRECTORY']
            print(sys.argv[1:], open(directory + '/weights').read())
            open(directory + '/mine', 'w').write('x')
            """
        try await withSession(
            script, sandbox: sandbox,
            change: { plan in
                plan.type = .fork
                plan.addedArguments = ["--pause", "1", "--iteration", "best"]
                plan.checkpoint = try CheckpointReference(parsing: "alice/mnist/9/best")
                plan.checkpointManifest = try SessionFixture.put(["weights": "0.5"], contentOf: plan)
            }
        ) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished, "\(session.output)")
            #expect(session.output == "['--pause', '1', '--iteration', 'best'] 0.5\n")
        }
    }

    @Test("a script that does not take what the platform adds is started again without it", arguments: sandboxes)
    func refusedArguments(_ sandbox: SessionPlan.Sandbox) async throws {
        let script = """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument('--lr')
            print('lr', parser.parse_args().lr)
            """
        try await withSession(
            script, sandbox: sandbox,
            change: { plan in
                plan.arguments = ["--lr", "0.1"]
                plan.addedArguments = ["--pause", "1", "--iteration", "best"]
            }
        ) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished, "\(session.output)")
            #expect(session.output.hasSuffix("is started again without\nlr 0.1\n"), "\(session.output)")
        }
    }

    @Test("what has reported is not started again, and what fails without the added arguments too has failed", arguments: [true, false])
    func refusedOnce(_ reports: Bool) async throws {
        let script = """
            import sys, nsml
            print('started')
            if \(reports ? "True" : "False"): nsml.report(step=1, x=1)
            sys.exit('error: unrecognized arguments: --pause 1')
            """
        try await withSession(script, change: { $0.addedArguments = ["--pause", "1"] }) { session in
            try session.supervise()
            #expect(try await session.end().state == .failed)
            #expect(session.output.components(separatedBy: "started\n").count == (reports ? 2 : 3), "\(session.output)")
        }
    }

    @Test("a process that takes more memory than it may is ended, and the reason says how much", .enabled(if: geteuid() == 0))
    func outOfMemory() async throws {
        let script = "from nsml import report\nreport(step=8120, x=1)\nblock = bytearray(300_000_000)\nprint(len(block))"
        try await withSession(script, change: { $0.resources.memoryBytes = 64_000_000 }) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.exit?.outOfMemory == true)
            #expect(end.reason == "killed: out of memory, 64 of 64 MB, at step 8120", "\(end.reason ?? "")")
        }
    }

    @Test("a session after one that was lost goes on in the same streams, with its code as it was sent")
    func nextPlacement() async throws {
        let script = "import os\nprint('epoch', os.path.exists('changed'))\nopen('changed', 'w')"
        try await withSession(script) { session in
            let first = try session.supervise()
            first.waitUntilExit()
            var next = session.plan
            next.epoch = 2
            try Wire.encoder().encode(next).write(to: URL(filePath: session.files.plan))
            try Data("secret".utf8).write(to: URL(filePath: session.files.token(epoch: next.epoch)))
            try session.supervise()
            try await session.until("progress", "the second end") { session.progress.count == 6 }
            #expect(session.progress.map(\.epoch) == [1, 1, 1, 2, 2, 2])
            #expect(session.output == "epoch False\nepoch False\n")
        }
    }
}
