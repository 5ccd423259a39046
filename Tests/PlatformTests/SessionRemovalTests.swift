import API
import Foundation
import Platform
import TestSupport
import Testing

@Suite("a session that is removed holds what it has until nothing of it runs")
struct SessionRemovalTests {
    private func home(of number: Int64, in fixture: PlatformFixture) -> URL { fixture.directory.appending(path: "sessions/\(number)") }

    private func isKnown(_ session: SessionRecord, _ fixture: PlatformFixture) async -> Bool {
        // Being refused is the answer that is asked for.
        (try? await fixture.platform.sessions.get(session.name, afterEvent: nil, waitSeconds: 0, for: fixture.alice)) != nil
    }

    private func state(of session: SessionRecord, _ fixture: PlatformFixture) async throws -> SessionState {
        try await fixture.platform.sessions.get(session.name, afterEvent: nil, waitSeconds: 0, for: fixture.alice).state
    }

    @Test("its devices go to the next only when its processes have ended, and then nothing of it is left")
    func devices() async throws {
        try await withPlatform { fixture in
            let first = try await fixture.run(gpus: 2, by: fixture.alice)
            let second = try await fixture.run(gpus: 2, by: fixture.alice)
            try await fixture.progress(first, .running)
            _ = try await fixture.platform.supervision.put(Array("hello\n".utf8), to: .output, of: first.name, offset: 0, epoch: 1)
            try await fixture.platform.sessions.remove(first.name, force: true, by: fixture.alice)
            #expect(await !isKnown(first, fixture))
            #expect(
                try await fixture.platform.sessions.list(SessionQuery(includeFinal: true), for: fixture.alice).items.map(\.name) == [
                    second.name
                ])
            #expect(try await fixture.platform.removal.finishAll() == 1)
            #expect(try await state(of: second, fixture) == .queued)
            fixture.executor.sessionEnded(in: home(of: 1, in: fixture))
            #expect(try await fixture.platform.removal.finishAll() == 0)
            #expect(try await state(of: second, fixture) == .preparing)
            let files = FileManager.default
            #expect(!files.fileExists(atPath: home(of: 1, in: fixture).path))
            #expect(!files.fileExists(atPath: fixture.directory.appending(path: "logs/1.log").path))
        }
    }

    @Test("a restarted server goes on with it, and still keeps what it holds")
    func restart() async throws {
        try await withPlatform { fixture in
            let first = try await fixture.run(gpus: 2, by: fixture.alice)
            let second = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.progress(first, .running)
            try await fixture.platform.sessions.remove(first.name, force: true, by: fixture.alice)
            let later = try await fixture.restarted()
            #expect(await !isKnown(first, later))
            #expect(try await state(of: second, later) == .queued)
            #expect(try await later.platform.removal.finishAll() == 1)
            later.executor.sessionEnded(in: home(of: 1, in: later))
            #expect(try await later.platform.removal.finishAll() == 0)
            #expect(try await state(of: second, later) == .preparing)
        }
    }

    @Test("its supervisor is told by the connection and by a file, and is heard no more")
    func supervisor() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            try await fixture.progress(session, .running)
            let asking = Task { try await fixture.platform.supervision.commands(of: session.name, after: 0, epoch: 1, waitSeconds: 60) }
            try await fixture.platform.sessions.remove(session.name, force: true, by: fixture.alice)
            let refused = await #expect(throws: Failure.self) { _ = try await asking.value }
            #expect(refused?.code == .staleEpoch)
            let late = await #expect(throws: Failure.self) {
                _ = try await fixture.platform.supervision.put([0x0A], to: .output, of: session.name, offset: 0, epoch: 1)
            }
            #expect(late?.code == .staleEpoch)
            let mark = home(of: 1, in: fixture).appending(path: SessionPlan.removalMark)
            #expect(FileManager.default.fileExists(atPath: mark.path))
        }
    }

    @Test("one that waits or is over is gone at once")
    func atOnce() async throws {
        try await withPlatform(gpus: 1) { fixture in
            let first = try await fixture.run(gpus: 1, by: fixture.alice)
            let second = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.platform.sessions.remove(second.name, force: true, by: fixture.alice)
            #expect(try await fixture.platform.removal.finishAll() == 0)
            try await fixture.progress(first, .running)
            try await fixture.progress(first, .finished, exit: ProcessExit(exitCode: 0))
            fixture.executor.sessionEnded(in: home(of: 1, in: fixture))
            try await fixture.platform.sessions.remove(first.name, force: false, by: fixture.alice)
            #expect(try await fixture.platform.removal.finishAll() == 0)
            #expect(!FileManager.default.fileExists(atPath: home(of: 1, in: fixture).path))
        }
    }

    @Test("an interactive session stays while it is followed, and is left after its lease")
    func attendance() {
        let attendance = Attendance()
        let start = ContinuousClock.now
        #expect(attendance.left([1, 2], after: 60, now: start).isEmpty)
        attendance.seen(2, at: start + .seconds(50))
        #expect(attendance.left([1, 2], after: 60, now: start + .seconds(61)) == [1])
        #expect(attendance.left([2], after: 60, now: start + .seconds(111)) == [2])
    }
}
