import API
import ArgumentParser
import Foundation
import Testing

@testable import nsml

extension SessionRecord {
    /// A session to show, with what a test does not care about filled in.
    static func example(
        state: SessionState = .running, reason: String? = nil, exitCode: Int? = nil, arguments: [String] = ["--lr", "0.1"],
        summary: [String: MetricValue] = [:]
    ) throws -> SessionRecord {
        SessionRecord(
            name: try SessionName(parsing: "alice/mnist/1"), type: .normal, state: state, reason: reason, exitCode: exitCode,
            createdAt: Date(timeIntervalSince1970: 1_800_000_000), entry: "main.py", arguments: arguments, memo: "a \"note\"",
            datasets: [DatasetReference(name: try DatasetName(parsing: "mnist"), version: 2)],
            resources: Resources(gpus: 1, cpus: 8, memoryBytes: 24_000_000_000, sharedMemoryBytes: 1_000_000_000), priority: 0,
            isPrivate: false,
            network: false, workspace: try Digest(parsing: String(repeating: "0", count: 64)), summary: summary)
    }
}

@Suite("Sessions as they are shown") struct SessionShowTests {
    @Test("the list has the columns that NSML had, and a summary rounded to three decimals without the step")
    func table() throws {
        let values = ["train/loss": 0.123456, "step": 5, "lr": 1e-5, "epoch": 3, "bad": .nan].mapValues { MetricValue($0) }
        let session = try SessionRecord.example(summary: values)
        let lines = SessionTable.make([session], now: session.createdAt.addingTimeInterval(300)).standard.lines(width: nil, color: false)
        #expect(
            lines[0].split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty } == [
                "Name", "Created", "Args", "Status", "Summary", "Description", "# of Models", "Size", "Type",
            ])
        #expect(
            lines[2].contains(
                "alice/mnist/1  5 minutes ago  --lr 0.1  running  bad=NaN, epoch=3, lr=1.00e-05, train/loss=0.123  a \"note\""))
    }

    @Test("a status tells the exit code")
    func status() throws {
        #expect(SessionTable.status(try .example(state: .finished, exitCode: 0)) == "finished(0)")
        #expect(SessionTable.status(try .example(state: .failed, exitCode: 137)) == "failed(137)")
        var stopping = try SessionRecord.example()
        stopping.isStopping = true
        #expect(SessionTable.status(stopping) == "stopping")
    }

    @Test("the command that runs it again spells out all defaults")
    func command() throws {
        let session = try SessionRecord.example(arguments: ["--name", "two words"])
        #expect(
            CommandCommand.line(for: session)
                == #"nsml run -e main.py -d mnist@2 -m "a \"note\"" -g 1 --cpus 8 --memory 24G --shm-size 1G -a "--name 'two words'""#
        )
    }

    @Test("the announcement says what the session does")
    func announcement() throws {
        #expect(RunAftermath.announcement(try .example(), waiting: nil) == "Session alice/mnist/1 is running")
        let entry = QueueEntry(
            rank: 2, session: try SessionName(parsing: "alice/mnist/1"), priority: 0, resources: .standard, queuedAt: Date(),
            reason: "waits for 1 GPU")
        #expect(
            RunAftermath.announcement(try .example(state: .queued), waiting: entry)
                == "Session alice/mnist/1 is queued (rank 2: waits for 1 GPU)")
        #expect(
            RunAftermath.announcement(try .example(state: .failed, reason: "no"), waiting: nil) == "Session alice/mnist/1 is failed: no")
    }

    @Test("the exit status of a wait is the session's")
    func exitStatus() throws {
        #expect(SessionWatch.exitStatus(of: try .example(state: .finished, exitCode: 0)) == 0)
        #expect(SessionWatch.exitStatus(of: try .example(state: .failed, exitCode: 137)) == 137)
        #expect(SessionWatch.exitStatus(of: try .example(state: .failed)) == 1)
        var killed: SessionRecord = try .example(state: .failed, reason: "killed by signal 11 (SIGSEGV)")
        killed.signal = 11
        #expect(SessionWatch.exitStatus(of: killed) == 139)
        #expect(SessionTable.status(killed) == "failed(139)")
        #expect(SessionWatch.ending(of: killed) == "alice/mnist/1 failed: killed by signal 11 (SIGSEGV)")
        #expect(
            SessionWatch.ending(of: try .example(state: .failed, reason: "exited with code 3", exitCode: 3))
                == "alice/mnist/1 failed: exited with code 3")
        #expect(SessionWatch.exitStatus(of: try .example(state: .stopped)) == 143)
    }

    @Test("an inspection has the fields of the first NSML")
    func inspection() throws {
        let lines = InspectCommand.table(try .example(state: .failed, reason: "killed: out of memory", exitCode: 137)).lines(
            width: nil, color: false)
        for line in ["OOMKilled", "ExitCode", "StartedAt"] { #expect(lines.contains { $0.hasPrefix(line) }) }
        #expect(lines.contains { $0.hasPrefix("OOMKilled") && $0.hasSuffix("true") })
    }

    @Test("a machine without GPU is asked for none, a small one for less memory")
    func resources() throws {
        let options = try #require(try NSML.parseAsRoot(["run"]) as? RunCommand).resources
        let small = try options.resources(on: Node(name: "a", cpus: 1, memoryBytes: 8_000_000_000, devices: []))
        #expect(small.resources == Resources(gpus: 0, cpus: 1, memoryBytes: 2_000_000_000, sharedMemoryBytes: 1_000_000_000))
        #expect(small.remarks.count == 1)
        let device = Device(index: 0, name: "NVIDIA H200", memoryBytes: 1)
        let large = try options.resources(on: Node(name: "b", cpus: 16, memoryBytes: 128_000_000_000, devices: [device]))
        #expect(large.resources == .standard)
        let wrong = try #require(try NSML.parseAsRoot(["run", "--gpu-model", "P40"]) as? RunCommand).resources
        #expect(throws: Failure.self) { try wrong.resources(on: Node(name: "b", cpus: 16, memoryBytes: 1, devices: [device])) }
    }
}

@Suite("Questions to models") struct ContentTypeTests {
    @Test("say what they are by name or first bytes")
    func guess() {
        #expect(ContentType.guess(path: "x.PNG", bytes: []) == "image/png")
        #expect(ContentType.guess(path: nil, bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]) == "image/png")
        #expect(ContentType.guess(path: nil, bytes: Array("RIFF....WAVEfmt \u{0}".utf8)) == "audio/wav")
        #expect(ContentType.guess(path: nil, bytes: Array("Hello\n".utf8)) == "text/plain; charset=utf-8")
        #expect(ContentType.guess(path: nil, bytes: Array(" {\"a\": 1}\n".utf8)) == "application/json")
        #expect(ContentType.guess(path: nil, bytes: Array("[not json".utf8)) == "text/plain; charset=utf-8")
        #expect(ContentType.guess(path: nil, bytes: [0, 1, 2, 0xFF]) == "application/octet-stream")
    }
}

@Suite("Lines of a log") struct LineSplitterTests {
    @Test("come whole however the stream is cut, and a very long one in pieces")
    func lines() {
        var splitter = LineSplitter()
        #expect(splitter.feed(Array("a\nb".utf8)) == [Array("a\n".utf8)])
        #expect(splitter.feed(Array("c\n\nd".utf8)) == [Array("bc\n".utf8), [0x0A]])
        #expect(splitter.finish() == [Array("d".utf8)])
        #expect(splitter.finish().isEmpty)
        #expect(splitter.feed([UInt8](repeating: 0x61, count: 2 * LineSplitter.maximumLineBytes + 1)).count == 2)
    }
}
