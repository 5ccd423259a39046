import API
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Supervision

@Suite("Giving a place back", .serialized) struct YieldTests {
    /// Trains as told by a number that it saves and loads, and says which steps it does.
    private static let training = """
        import nsml, os, time
        state = {"step": 0}
        def save(path):
            with open(path + "/step", "w") as file: file.write(str(state["step"]))
        def load(path):
            state["step"] = int(open(path + "/step").read())
        nsml.bind(save=save, load=load)
        print("from", state["step"], os.path.exists("mine"), flush=True)
        open("mine", "w").close()
        while state["step"] < 1000000:
            state["step"] += 1
            nsml.report(step=state["step"], loss=1 / state["step"])
            if state["step"] == 5: print("training", flush=True)
            time.sleep(0.005)
        """

    private func yield(_ session: SessionFixture, _ cause: YieldRequest.Cause, number: Int64 = 1, grace: Double = 20) throws {
        try session.command(SupervisorCommand(number: number, kind: .yield, yield: YieldRequest(cause: cause, graceSeconds: grace)))
    }

    private func last(_ session: SessionFixture) async throws -> SessionProgress {
        try await session.until("progress", "the last word") { session.progress.contains { $0.isOver == true } }
        return try #require(session.progress.last { $0.isOver == true })
    }

    @Test("who gives way is saved, ends and is queued; the next placement goes on in its code and its streams")
    func givesWay() async throws {
        try await withSession(Self.training) { session in
            let first = try session.supervise()
            try await session.untilOutput(contains: "training")
            try yield(session, .preempt)
            let end = try await last(session)
            #expect(end.state == .queued)
            #expect(session.checkpoints.map(\.name.rawValue) == ["preempted"])
            first.waitUntilExit()
            #expect(session.ownProcesses.isEmpty)

            var next = session.plan
            next.epoch = 2
            next.keepsCode = true
            next.checkpoint = CheckpointReference(session: next.session, checkpoint: try CheckpointName(parsing: "preempted"))
            next.checkpointManifest = session.checkpoints.first?.manifest
            try Wire.encoder().encode(next).write(to: URL(filePath: session.files.plan))
            try Data("secret".utf8).write(to: URL(filePath: session.files.token(epoch: 2)))
            try session.supervise()
            // Whole lines only: Python writes a line's words one by one.
            @Sendable func starts() -> [String] { session.output.components(separatedBy: "\n").dropLast().filter { $0.hasPrefix("from") } }
            try await session.until("output", "the second start") { starts().count == 2 }
            let lines = starts()
            #expect(lines.first == "from 0 False")
            let step = try #require(session.checkpoints.first?.step)
            // It was saved right after the report of its step.
            #expect(lines.last == "from \(step) True")
            try session.command(SupervisorCommand(number: 9, kind: .stop, stop: StopRequest(graceSeconds: 5, save: false)))
            #expect(try await session.end().state == .stopped)
            #expect(String(decoding: session.arrived("journal"), as: UTF8.self).contains(#""event":"resumed""#))
        }
    }

    @Test("a pause of code that can load frees the place; of other code it holds it until it is released")
    func pauses() async throws {
        try await withSession(Self.training) { session in
            try session.supervise()
            try await session.untilOutput(contains: "training")
            try yield(session, .pause)
            #expect(try await last(session).state == .paused)
            #expect(session.checkpoints.map(\.name.rawValue) == ["paused"])
        }
        let plain = """
            import nsml, time
            for step in range(100000):
                nsml.report(step=step, x=1)
                if step == 3: print('on', flush=True)
                time.sleep(0.005)
            """
        try await withSession(plain) { session in
            try session.supervise()
            try await session.untilOutput(contains: "on")
            try yield(session, .pause)
            try await session.untilState(.paused)
            #expect(session.progress.allSatisfy { $0.isOver != true })
            try session.command(SupervisorCommand(number: 2, kind: .release))
            try await session.until("progress", "going on") { session.progress.last?.state == .running }
            try session.command(SupervisorCommand(number: 3, kind: .stop, stop: StopRequest(graceSeconds: 5, save: false)))
            #expect(try await session.end().state == .stopped)
        }
    }

    @Test("code without the library cannot be paused, and goes on")
    func cannotBeHeld() async throws {
        try await withSession("import time\nprint('on', flush=True)\ntime.sleep(600)") { session in
            try session.supervise()
            try await session.untilOutput(contains: "on")
            try yield(session, .pause)
            try await session.until("progress", "a refusal") {
                session.progress.contains { $0.reason?.contains("cannot be paused") == true }
            }
            try session.command(SupervisorCommand(number: 3, kind: .stop, stop: StopRequest(graceSeconds: 5, save: false)))
            #expect(try await session.end().state == .stopped)
        }
    }

    @Test("a supervisor that is killed in the middle leaves one legal outcome")
    func supervisorKilled() async throws {
        let slow = Self.training.replacingOccurrences(
            of: "with open(path", with: "print('saving', flush=True); time.sleep(0.5)\n    with open(path")
        try await withSession(slow) { session in
            let first = try session.supervise()
            try await session.untilOutput(contains: "training")
            try yield(session, .preempt)
            try await session.untilOutput(contains: "saving")
            kill(first.processIdentifier, SIGKILL)
            first.waitUntilExit()
            try session.supervise()
            #expect(try await last(session).state == .queued)
            #expect(session.progress.filter { $0.isOver == true }.count == 1)
            #expect(session.checkpoints.contains { $0.name.rawValue == "preempted" })
            #expect(session.ownProcesses.isEmpty)
        }
    }
}
