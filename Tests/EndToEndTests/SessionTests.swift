import API
import Foundation
import Testing

@Suite("Sessions, from outside") struct SessionVerbTests {
    @Test("run, ps, logs, wait, events, inspect, memo and command")
    func life() async throws {
        try await withPlatform { platform in
            try await platform.nsml("dataset", "push", "mnist", try platform.folder(["a": "1"]).path)
            let code = try platform.folder(["main.py": "import os, sys\nprint('data', os.listdir('/data/mnist/train'), sys.argv[1:])\n"])
            let run = try await platform.nsml(
                "run", "-d", "mnist", "--memory", "256M", "-c", "1", "-m", "first \"try\"", "main.py", "--", "--lr", "0.1", in: code)
            let who = try await platform.nsml("whoami", "--json").decoded(as: Identity.self).user
            let session = "\(who)/mnist/1"
            #expect(run.lines.last?.hasPrefix("Session \(session) is ") == true)
            #expect(run.errors.contains("1 file, "))

            let waited = try await platform.nsml("wait", session, "--timeout", "60")
            #expect(waited.output == "\(session) finished\n")
            #expect(try await platform.nsml("logs", session).output == "data ['a'] ['--lr', '0.1']\n")
            struct Line: Decodable {
                var line: String
                var time: Date?
            }
            let line = try await platform.nsml("logs", "--json", session).decoded(as: Line.self)
            #expect(line.line.hasPrefix("data") && line.time != nil)

            #expect(try await platform.nsml("ps").lines.count == 2)
            let list = try await platform.nsml("ps", "-a")
            #expect(list.lines[0].hasSuffix("# of Models  Size  Type"))
            #expect(list.lines[2].contains("--lr 0.1  finished(0)") && list.lines[2].contains("first \"try\""))
            #expect(try await platform.nsml("ps", "-n", "1", "-q", "-d", "mnist").lines == [session])
            #expect(try await platform.nsml("ps", "-a", "-q", "-s", "other").lines.isEmpty)
            #expect(try await platform.nsml("ps", "-a", "-j").decoded(as: [SessionRecord].self).first?.exitCode == 0)

            let events = try await platform.nsml("events", session, "--json").decoded(as: [SessionEvent].self).map(\.event)
            #expect(Array(events.prefix(3)) == ["queued", "preparing", "running"])
            let inspection = try await platform.nsml("inspect", session)
            #expect(inspection.lines.contains { $0.hasPrefix("OOMKilled") && $0.hasSuffix("false") })
            #expect(inspection.lines.contains { $0.hasPrefix("ExitCode") && $0.hasSuffix("0") })
            try await platform.nsml("memo", session, "다시")
            #expect(try await platform.nsml("inspect", session, "--json").decoded(as: SessionRecord.self).memo == "다시")
            #expect(
                try await platform.nsml("command", session).output
                    == "nsml run -e main.py -d mnist@1 -m \"다시\" -g 0 --cpus 1 --memory 256M --shm-size 256M -a \"--lr 0.1\"\n")
        }
    }

    @Test("run refuses before the upload what cannot work")
    func refusals() async throws {
        try await withPlatform { platform in
            let code = try platform.folder(["main.py": Code.hello])
            #expect(try await platform.nsml("run", "-e", "absent.py", in: code, status: 4).errors.contains("there is no file 'absent.py'"))
            try await platform.nsml("run", "-d", "absent", in: code, status: 4)
            try await platform.nsml("run", "-g", "9", in: code, status: 7)
            try await platform.nsml("run", "--memory", "much", in: code, status: 2)
            try await platform.nsml("run", "-a", "'open", in: code, status: 2)
            #expect(try await platform.nsml("ps", "-a", "-q").output.isEmpty)
            #expect(try await platform.nsml("run", "--show-default-nsmlignore").output.contains("__pycache__/"))
            #expect(try await platform.nsml("run", "--show-limits").output.contains("CPUs"))
        }
    }

    @Test("following ends with the session's exit status, and Ctrl-C only ends the following")
    func following() async throws {
        try await withPlatform { platform in
            let failing = try platform.folder(["main.py": "import sys\nprint('bad')\nsys.exit(3)\n"])
            let run = try await platform.nsml("run", "-f", "-c", "1", "--memory", "256M", in: failing, status: 3)
            #expect(run.lines.last == "bad")
            #expect(run.errors.contains("failed: exited with code 3"))
            try await platform.nsml("run", "--wait", "-q", "-c", "1", "--memory", "256M", in: failing, status: 3)

            let script = try platform.folder([
                "train.sh": """
                #!/bin/bash
                nsml report --step 1 "loss=0.$1"
                mkdir model && echo w > model/w && nsml save model --name best
                kill -ABRT $$
                """
            ])
            let killed = try await platform.nsml(
                "run", "train.sh", "--wait", "-c", "1", "--memory", "256M", "--", "5", in: script, status: 134)
            #expect(killed.errors.contains("failed: killed by signal 6 (SIGABRT)"))
            let dead = try #require(try await platform.nsml("ps", "-n", "1", "-j").decoded(as: [SessionRecord].self).first)
            #expect(dead.signal == 6 && dead.summary["loss"]?.value == 0.5)
            #expect(try await platform.nsml("model", "ls", "-q", dead.name.description).lines == ["best"])

            let endless = try platform.folder(["main.py": Code.endless])
            let left = try await platform.nsml(
                "run", "-f", "-c", "1", "--memory", "256M", in: endless, status: 130, interruptAfter: "begun")
            #expect(left.errors.contains("goes on"))
            let session = try #require(try await platform.nsml("ps", "-q").lines.first)
            let logs = try await platform.nsml("logs", "-f", "--tail", "1", session, interruptAfter: "begun")
            #expect(logs.errors.contains("'nsml stop \(session)' stops it"))
            #expect(try await platform.nsml("wait", session, "--timeout", "0.1", status: 8).errors.contains("is still running"))
            #expect(try await platform.nsml("stop", session, "--now").output == "\(session) is stopping\n")
            try await platform.nsml("wait", session, "--timeout", "60", status: 143)
            try await platform.nsml("stop", session, status: 5)
        }
    }

    @Test("an interactive session is shown, and is gone afterwards")
    func interactive() async throws {
        try await withPlatform { platform in
            let code = try platform.folder(["main.py": Code.hello])
            let run = try await platform.nsml("run", "-i", "-c", "1", "--memory", "256M", in: code)
            #expect(run.lines.last == "hello")
            #expect(try await platform.nsml("ps", "-a", "-q").output.isEmpty)
        }
    }

    @Test("sessions wait in order of priority, and wildcards stop and remove them")
    func queue() async throws {
        try await withPlatform(["--gpus", "1"]) { platform in
            #expect(try await platform.nsml("gpustat", "--json").decoded(as: [DeviceStatus].self).count == 1)
            let code = try platform.folder(["main.py": Code.endless])
            let options = ["-c", "1", "--memory", "128M", "-q"]
            let first = try #require(try await platform.program.run(["run", "-g", "1"] + options, in: code).lines.last)
            let second = try #require(try await platform.program.run(["run", "-g", "1"] + options, in: code).lines.last)
            let urgent = try #require(try await platform.program.run(["run", "-g", "1", "--priority", "5"] + options, in: code).lines.last)
            let queue = try await platform.nsml("queue", "--json").decoded(as: [QueueEntry].self)
            #expect(queue.map(\.session.description) == [urgent, second])
            #expect(try await platform.nsml("queue").lines[2].contains("GPU"))
            #expect(try await platform.nsml("gpustat", first).output.contains(first))
            let waiting = try await platform.nsml("run", "-g", "1", "-c", "1", "--memory", "128M", in: code)
            #expect(waiting.lines.last?.contains(" is queued (rank 3: ") == true)

            try await platform.nsml("stop", "*/None/*", "--now")
            _ = try await platform.program.run(["wait", "*/None/*", "--timeout", "60"])
            #expect(try await platform.nsml("ps", "-q").output.isEmpty)
            #expect(try await platform.nsml("rm", first, second).output == "removed \(first)\nremoved \(second)\n")
            try await platform.nsml("rm", "*/None/*")
            #expect(try await platform.nsml("ps", "-a", "-q").output.isEmpty)
            try await platform.nsml("rm", "*/None/*", status: 4)
        }
    }
}

@Suite("Models, from outside") struct ModelVerbTests {
    @Test("model ls, pull, rm, infer; the code and the files of the session")
    func life() async throws {
        try await withPlatform { platform in
            let session = try await platform.session(Code.model, options: ["--wait"])
            try await eventually("all checkpoints are stored") { try await platform.nsml("model", "ls", "-q", session).lines.count == 3 }
            let list = try await platform.nsml("models", "ls", session)
            #expect(list.lines[0].split(separator: "  ").prefix(2) == ["Checkpoint", "Last Modified"])
            #expect(list.output.contains("train/loss=0.5"))
            #expect(try await platform.nsml("ps", "-a").output.contains("train/loss=0.333"))
            let sorted = try await platform.nsml("ps", "-a", "-q", "--sort", "train/loss:ascending")
            #expect(sorted.lines == [session])
            let fitting = try await platform.nsml("ps", "-a", "-q", "--where", "metric.train/loss<0.34 min.train/loss<1 -user:bob")
            #expect(fitting.lines == [session])
            let wrong = try await platform.nsml("ps", "--where", "metric.train/loss<low", status: 2)
            #expect(wrong.errors.contains("filter 'metric.train/loss<low' is not valid"))

            let folder = session.replacing("/", with: "_")
            try await platform.nsml("model", "pull", session, "2", platform.directory.path)
            let weights = platform.directory.appending(path: "\(folder)/2/model/weights")
            #expect(try String(contentsOf: weights, encoding: .utf8) == "2")
            #expect(try await platform.nsml("model", "rm", "\(session)/0").output == "removed \(session)/0\n")
            try await platform.nsml("model", "rm", session, "0", status: 4)

            #expect(try await platform.nsml("infer", "\(session)/1", input: "you").output.contains("epoch 1 heard"))
            #expect(try await platform.nsml("infer", session, "2", input: "you").output.contains("epoch 2 heard"))
            try await platform.nsml("infer", "\(session)/9", input: "you", status: 4)

            let code = platform.directory.appending(path: "code")
            try await platform.nsml("pull", session, code.path)
            #expect(try String(contentsOf: code.appending(path: "main.py"), encoding: .utf8) == Code.model)
            let files = platform.directory.appending(path: "files")
            try await platform.nsml("download", session, files.path, "-s", "/app/out/result.txt")
            #expect(try String(contentsOf: files.appending(path: "out/result.txt"), encoding: .utf8) == "done")
            try await platform.nsml("download", session, files.path, "-s", "/app/out", status: 5)
            try await platform.nsml("download", "-f", session, files.path)
            try await platform.nsml("download", session, files.path, "-s", "/app/absent", status: 4)
        }
    }
}
