import API
import Foundation
import Platform
import Testing

@Suite struct SessionServiceTests {
    private let now: Int64? = nil

    @Test("sessions are numbered for each user, start when they fit and wait when they do not")
    func numbering() async throws {
        try await withPlatform { fixture in
            let first = try await fixture.run(gpus: 2, by: fixture.alice)
            let second = try await fixture.run(gpus: 1, by: fixture.alice)
            let other = try await fixture.run(gpus: 0, by: fixture.bob)
            #expect(first.name.description == "alice/None/1")
            #expect(second.name.description == "alice/None/2")
            #expect(other.name.description == "bob/None/1")
            #expect(first.state == .preparing)
            #expect(first.placement?.devices == [0, 1])
            #expect(second.state == .queued)
            #expect(other.state == .preparing)
            #expect(fixture.executor.directories.count == 2)
        }
    }

    @Test("a session that ends makes room for the next")
    func room() async throws {
        try await withPlatform { fixture in
            let first = try await fixture.run(gpus: 2, by: fixture.alice)
            let second = try await fixture.run(gpus: 1, by: fixture.bob)
            try await fixture.progress(first, .running)
            try await fixture.progress(first, .finished, exit: ProcessExit(exitCode: 0))
            let after = try await fixture.platform.sessions.get(second.name, afterEvent: now, waitSeconds: 0, for: fixture.bob)
            #expect(after.state == .preparing)
            #expect(after.placement?.devices == [0])
        }
    }

    @Test("what can never fit is refused with the figures")
    func neverFits() async throws {
        try await withPlatform { fixture in
            let failure = await #expect(throws: Failure.self) { try await fixture.run(gpus: 3, by: fixture.alice) }
            #expect(failure?.code == .cannotFit)
            #expect(failure?.message.contains("3") == true)
        }
    }

    @Test("a private session does not exist for others, a public one can be seen and not changed")
    func privacy() async throws {
        try await withPlatform { fixture in
            let secret = try await fixture.run(by: fixture.alice, isPrivate: true)
            let open = try await fixture.run(by: fixture.alice)
            let hidden = await #expect(throws: Failure.self) {
                try await fixture.platform.sessions.get(secret.name, afterEvent: nil, waitSeconds: 0, for: fixture.bob)
            }
            #expect(hidden?.code == .notFound)
            _ = try await fixture.platform.sessions.get(open.name, afterEvent: nil, waitSeconds: 0, for: fixture.bob)
            let refused = await #expect(throws: Failure.self) {
                try await fixture.platform.sessions.stop(open.name, StopRequest(), by: fixture.bob)
            }
            #expect(refused?.code == .forbidden)
            let gone = await #expect(throws: Failure.self) {
                try await fixture.platform.sessions.remove(secret.name, force: true, by: fixture.bob)
            }
            #expect(gone?.code == .notFound)
            try await fixture.platform.sessions.remove(secret.name, force: true, by: fixture.admin)
        }
    }

    @Test("a waiting session is stopped at once, a running one when its supervisor says so")
    func stopping() async throws {
        try await withPlatform { fixture in
            let first = try await fixture.run(gpus: 2, by: fixture.alice)
            let second = try await fixture.run(gpus: 2, by: fixture.alice)
            let stopped = try await fixture.platform.sessions.stop(second.name, StopRequest(), by: fixture.alice)
            #expect(stopped.state == .stopped)
            try await fixture.progress(first, .running)
            let asked = try await fixture.platform.sessions.stop(first.name, StopRequest(graceSeconds: 3), by: fixture.alice)
            #expect(asked.state == .running && asked.isStopping)
            let commands = try await fixture.platform.supervision.commands(of: first.name, after: 0, epoch: 1, waitSeconds: 0).commands
            #expect(commands.map(\.kind) == [.stop])
            #expect(commands.first?.stop?.graceSeconds == 3)
            try await fixture.progress(first, .stopped, exit: ProcessExit(signal: 15))
            let again = await #expect(throws: Failure.self) {
                try await fixture.platform.sessions.stop(first.name, StopRequest(), by: fixture.alice)
            }
            #expect(again?.code == .wrongState)
        }
    }

    @Test("a restarted server adopts what runs and keeps the queue")
    func restart() async throws {
        try await withPlatform { fixture in
            let first = try await fixture.run(gpus: 2, by: fixture.alice)
            let second = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.progress(first, .running)
            let later = try await fixture.restarted()
            let queue = try await later.platform.sessions.queue(for: later.alice)
            #expect(queue.map(\.session) == [second.name])
            try await later.progress(first, .failed, exit: ProcessExit(exitCode: 1), reason: "exited with code 1")
            let after = try await later.platform.sessions.get(second.name, afterEvent: nil, waitSeconds: 0, for: later.alice)
            #expect(after.state == .preparing)
        }
    }

    @Test("waiting for a session ends when something happens to it")
    func waiting() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            async let waited = fixture.platform.sessions.get(
                session.name, afterEvent: session.eventNumber, waitSeconds: 60, for: fixture.alice)
            try await fixture.progress(session, .running)
            #expect(try await waited.state == .running)
        }
    }

    @Test("a workspace without the entry, and content that was never sent, are refused")
    func badWorkspace() async throws {
        try await withPlatform { fixture in
            let workspace = try await fixture.push(["train.py": ""], by: fixture.alice)
            let resources = Resources(gpus: 0, cpus: 1, memoryBytes: 100_000_000, sharedMemoryBytes: 0)
            func attempt(_ entry: String, _ identity: Identity) async throws {
                _ = try await fixture.platform.sessions.run(
                    NewSession(workspace: workspace, entry: entry, arguments: [], datasets: [], resources: resources), by: identity)
            }
            let missing = await #expect(throws: Failure.self) { try await attempt("main.py", fixture.alice) }
            #expect(missing?.message.contains("main.py") == true)
            // Bob knows the hash, but he has not the bytes.
            let foreign = await #expect(throws: Failure.self) { try await attempt("train.py", fixture.bob) }
            #expect(foreign?.code == .notFound)
            let outside = await #expect(throws: Failure.self) { try await attempt("../main.py", fixture.alice) }
            #expect(outside?.code == .invalidValue)
        }
    }
}
