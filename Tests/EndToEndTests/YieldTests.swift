import API
import Foundation
import FoundationNetworking
import Testing

@Suite("Pausing, resuming, giving way, from outside") struct YieldingTests {
    /// A training whose loss follows from its state alone: it can only go on from where it was.
    private static let training = """
        import argparse, nsml, time

        parser = argparse.ArgumentParser()
        parser.add_argument("--pause", type=int, default=0)
        parser.add_argument("--iteration", default="0")
        config = parser.parse_args()
        state = {"step": 0, "loss": 1.0}

        def save(directory):
            with open(directory + "/state", "w") as file:
                file.write("%d %r" % (state["step"], state["loss"]))

        def load(directory):
            step, loss = open(directory + "/state").read().split()
            state.update(step=int(step), loss=float(loss))

        nsml.bind(save=save, load=load)
        if config.pause:
            nsml.paused(scope=locals())
        print("begins at", state["step"], flush=True)
        while True:
            state["step"] += 1
            state["loss"] *= 0.99
            nsml.report(summary=True, step=state["step"], train__loss=state["loss"], scope=locals())
            if state["step"] == 10:
                nsml.save(10)
            time.sleep(0.01)
        """

    private func record(_ platform: TestPlatform, _ session: String) async throws -> SessionRecord {
        try await platform.nsml("inspect", session, "--json").decoded(as: SessionRecord.self)
    }

    private func starts(_ platform: TestPlatform, _ session: String) async throws -> [Int] {
        try await platform.nsml("logs", session).lines.compactMap { line in
            line.hasPrefix("begins at ") ? Int(line.dropFirst("begins at ".count)) : nil
        }
    }

    /// Every step once, each with the loss that follows from the one before.
    private func checkCurve(_ platform: TestPlatform, _ session: String) async throws {
        let name = try SessionName(parsing: session)
        let token = try String(contentsOf: platform.directory.appending(path: "config/nsml/config.json"), encoding: .utf8)
        struct Configuration: Decodable {
            struct Context: Decodable { var token: String }
            var contexts: [String: Context]
        }
        let known = try JSONDecoder().decode(Configuration.self, from: Data(token.utf8)).contexts.values.first?.token
        var request = URLRequest(
            url: try #require(
                URL(string: "\(platform.url)/v1/sessions/\(name.user)/\(name.dataset)/\(name.number)/series?name=train/loss&points=100000"))
        )
        request.setValue("Bearer \(known ?? "")", forHTTPHeaderField: "Authorization")
        struct Series: Decodable {
            var steps: [Int64]
            var values: [Double]
        }
        let series = try JSONDecoder().decode(Series.self, from: try await URLSession.shared.data(for: request).0)
        #expect(series.steps == Array(1...Int64(max(1, series.steps.count))))
        for (before, after) in zip(series.values, series.values.dropFirst()) { #expect(abs(after - before * 0.99) < 1e-12) }
    }

    @Test("a session of higher priority pushes out a training, which goes on from its checkpoint")
    func preempt() async throws {
        try await withPlatform(["--gpus", "1"]) { platform in
            let code = try platform.folder(["main.py": Self.training])
            let options = ["run", "-q", "-g", "1", "-c", "1", "--memory", "256M"]
            let low = try #require(try await platform.program.run(options, in: code).lines.last)
            try await eventually("a checkpoint") { try await record(platform, low).canResume }
            let quick = try platform.folder(["main.py": "print('urgent')"])
            let equal = try #require(try await platform.program.run(options, in: quick).lines.last)
            let high = try #require(try await platform.program.run(options + ["--priority", "5"], in: quick).lines.last)
            try await platform.nsml("wait", high, "--timeout", "60")
            try await eventually("the training to run again") { try await starts(platform, low).count == 2 }
            let events = try await platform.nsml("events", low).output
            #expect(events.contains("gives way to \(high), priority 5"))
            #expect(events.contains("gave way to \(high); nothing was lost, it was saved as 'preempted'"))
            #expect(try #require(try await starts(platform, low).last) >= 10)
            // It was there first, so it is back before the other of its priority.
            #expect(try await record(platform, equal).state == .queued)
            #expect(try await platform.nsml("queue").output.contains("waits for 1 GPU: 1 of 1 in use"))
            try await platform.nsml("stop", low)
            try await platform.nsml("wait", low, "--timeout", "60", status: 143)
            try await checkCurve(platform, low)
            try await platform.nsml("wait", equal, "--timeout", "60")
        }
    }

    @Test("pause frees the place of what can go on, resume takes it up, also after a stop and a restart of the server")
    func pauseAndResume() async throws {
        try await withPlatform(["--gpus", "1"]) { platform in
            let code = try platform.folder(["main.py": Self.training])
            let run = try await platform.program.run(["run", "-q", "-g", "1", "-c", "1", "--memory", "256M"], in: code)
            let session = try #require(run.lines.last)
            try await eventually("a checkpoint") { try await record(platform, session).canResume }
            #expect(try await platform.nsml("pause", session).output.contains("is paused, its devices are free; nothing was lost"))
            #expect(try await record(platform, session).placement == nil)
            #expect(try await platform.nsml("ps").output.contains("paused"))
            try await platform.nsml("down", "--data", platform.data)
            try await platform.nsml(
                "up", "--data", platform.data, "--listen", String(platform.url.dropFirst("http://".count)), "--gpus", "1")
            #expect(try await record(platform, session).state == .paused)
            try await platform.nsml("resume", session)
            try await eventually("the second start") { try await starts(platform, session).count == 2 }
            try await platform.nsml("resume", session, status: 5)
            try await platform.nsml("stop", session)
            try await platform.nsml("wait", session, "--timeout", "60", status: 143)
            try await platform.nsml("resume", session)
            try await eventually("the third start") { try await starts(platform, session).count == 3 }
            try await platform.nsml("stop", session)
            try await platform.nsml("wait", session, "--timeout", "60", status: 143)
            try await checkCurve(platform, session)

            let plain = try await platform.session(
                "import nsml, time\nwhile True:\n    nsml.report(step=1, x=1)\n    time.sleep(0.01)\n", options: [])
            try await eventually("it to run") { try await record(platform, plain).state == .running }
            #expect(
                try await platform.nsml("pause", plain).output.contains("it keeps its devices, because its code cannot load a checkpoint"))
            #expect(try await platform.nsml("resume", plain).output == "\(plain) goes on\n")
            try await platform.nsml("pause", "nobody/None/1", status: 4)
        }
    }
}
