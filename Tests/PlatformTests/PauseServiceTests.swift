import API
import Foundation
import Platform
import Testing

@Suite("Giving way, pausing, going on") struct PauseServiceTests {
    private func commands(_ fixture: PlatformFixture, _ session: SessionRecord, epoch: Int = 1) async throws -> [SupervisorCommand.Kind] {
        try await fixture.platform.supervision.commands(of: session.name, after: 0, epoch: epoch, waitSeconds: 0).commands.map(\.kind)
    }

    @Test("a session of higher priority pushes out one that can resume, which is queued, and goes on from its checkpoint")
    func preemption() async throws {
        try await withPlatform(gpus: 1) { fixture in
            let low = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.progress(low, .running)
            let high = try await fixture.run(gpus: 1, by: fixture.bob, priority: 5)
            #expect(try await commands(fixture, low) == [])
            // As soon as it can resume.
            try await fixture.makeResumable(low)
            #expect(try await commands(fixture, low) == [.yield])
            let before = try await fixture.record(low)
            #expect(before.isGivingWay && before.canResume)
            let queue = try await fixture.platform.sessions.queue(for: fixture.bob)
            #expect(queue.first?.reason == "waits for 1 GPU: 1 of 1 in use; alice/None/1 gives way to it")

            // A restart of the server in the middle changes nothing.
            let after = try await fixture.restarted()
            #expect(try await commands(after, low) == [.yield])
            try await after.save(low, as: "preempted", sequence: 9)
            for _ in 0..<2 { try await after.progress(low, .queued, isOver: true) }
            #expect(try await after.record(high).state == .preparing)
            let waiting = try await after.record(low)
            #expect(waiting.state == .queued && waiting.placement == nil)
            #expect(waiting.reason == "gave way to bob/None/1; nothing was lost, it was saved as 'preempted'")
            #expect(
                try await after.platform.sessions.queue(for: after.alice).first?.reason
                    == "waits for 1 GPU: 1 of 1 in use; it gave way to bob/None/1")
            try await after.progress(high, .finished, exit: ProcessExit(exitCode: 0))
            #expect(try await after.record(low).state == .preparing)
            let plan = try after.plan(low, id: 1)
            #expect(plan.epoch == 2 && plan.keepsCode && plan.checkpoint?.description == "alice/None/1/preempted")
            let told = try await after.events(low)
            #expect(told.contains("preempt: gives way to bob/None/1, priority 5"))
            #expect(told.filter { $0.hasPrefix("queued") }.count == 2)
            after.platform.beginShutdown()
        }
    }

    @Test("equals, and sessions that are protected, are not pushed out")
    func protected() async throws {
        try await withPlatform(gpus: 1) { fixture in
            let low = try await fixture.run(gpus: 1, by: fixture.alice, isProtected: true)
            try await fixture.progress(low, .running)
            try await fixture.makeResumable(low)
            _ = try await fixture.run(gpus: 1, by: fixture.bob, priority: 5)
            #expect(try await commands(fixture, low) == [])
            #expect(try await fixture.record(low).isProtected)
        }
    }

    @Test("when the other goes away, who was to give way is told to go on, and is queued if it had ended already")
    func calledOff() async throws {
        try await withPlatform(gpus: 1) { fixture in
            let low = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.progress(low, .running)
            try await fixture.makeResumable(low)
            let high = try await fixture.run(gpus: 1, by: fixture.bob, priority: 5)
            #expect(try await commands(fixture, low) == [.yield])
            _ = try await fixture.platform.sessions.stop(high.name, StopRequest(), by: fixture.bob)
            #expect(try await commands(fixture, low) == [.keep])
            #expect(try await fixture.record(low).isGivingWay == false)
            try await fixture.progress(low, .queued, isOver: true)
            #expect(try await fixture.record(low).state == .preparing)
        }
    }

    @Test("a pause frees the place, a resume queues the session; only its owner and administrators may")
    func pauseAndResume() async throws {
        try await withPlatform(gpus: 1) { fixture in
            let pauses = fixture.platform.pauses
            let session = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.progress(session, .running)
            try await fixture.makeResumable(session)
            let forbidden = await #expect(throws: Failure.self) { try await pauses.pause(session.name, PauseRequest(), by: fixture.bob) }
            #expect(forbidden?.code == .forbidden)
            #expect(try await pauses.pause(session.name, PauseRequest(), by: fixture.alice).isPausing)
            #expect(try await commands(fixture, session) == [.yield])
            let other = try await fixture.run(gpus: 1, by: fixture.bob)
            for _ in 0..<2 { try await fixture.progress(session, .paused, isOver: true) }
            let paused = try await fixture.record(session)
            #expect(paused.state == .paused && !paused.holdsPlace && !paused.isPausing)
            #expect(paused.reason?.contains(/^paused, its devices are free; \d+ s of work since '3' were lost/) == true)
            #expect(try await fixture.record(other).state == .preparing)
            #expect(try await pauses.resume(session.name, by: fixture.admin).state == .queued)
            #expect(try await pauses.pause(session.name, PauseRequest(), by: fixture.alice).state == .paused)
            #expect(try await pauses.resume(session.name, by: fixture.alice).state == .queued)
            try await fixture.progress(other, .finished)
            #expect(try await fixture.record(session).state == .preparing)
            #expect(try fixture.plan(session, id: 1).checkpoint?.checkpoint.rawValue == "3")
        }
    }

    @Test("code that cannot load is held with its place, which the answer says; what cannot be held says why")
    func held() async throws {
        try await withPlatform(gpus: 1) { fixture in
            let session = try await fixture.run(gpus: 1, by: fixture.alice)
            try await fixture.progress(session, .running)
            _ = try await fixture.platform.pauses.pause(session.name, PauseRequest(), by: fixture.alice)
            try await fixture.progress(session, .paused)
            let held = try await fixture.record(session)
            #expect(held.state == .paused && held.holdsPlace && !held.isPausing)
            #expect(held.reason?.contains("keeps its devices") == true)
            _ = try await fixture.platform.pauses.resume(session.name, by: fixture.alice)
            #expect(try await commands(fixture, session) == [.release])
            try await fixture.progress(session, .running)
            _ = try await fixture.platform.pauses.pause(session.name, PauseRequest(), by: fixture.alice)
            try await fixture.progress(session, .running, reason: "cannot be paused: no safe point")
            let refused = try await fixture.record(session)
            #expect(refused.state == .running && !refused.isPausing && refused.reason == "cannot be paused: no safe point")
        }
    }

    @Test("a stopped session goes on from its newest checkpoint; one without says why it cannot")
    func resumeStopped() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            try await fixture.progress(session, .running)
            try await fixture.progress(session, .stopped)
            let failure = await #expect(throws: Failure.self) { try await fixture.platform.pauses.resume(session.name, by: fixture.alice) }
            #expect(failure?.code == .wrongState && failure?.hint?.contains("no checkpoint") == true, "\(String(describing: failure))")
            let other = try await fixture.run(by: fixture.alice)
            try await fixture.progress(other, .running)
            try await fixture.makeResumable(other, as: "7")
            try await fixture.progress(other, .stopped)
            let resumed = try await fixture.platform.pauses.resume(other.name, by: fixture.alice)
            #expect(resumed.state == .preparing && resumed.finishedAt == nil && !resumed.isStopping)
            #expect(try fixture.plan(other, id: 2).checkpoint?.checkpoint.rawValue == "7")
        }
    }

    @Test("what a lost node took is queued again when it came anywhere since its start, else it has failed")
    func lost() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            try await fixture.progress(session, .running)
            try await fixture.makeResumable(session)
            try await fixture.progress(session, .failed, reason: "supervision lost: the node was restarted", isLost: true)
            let again = try await fixture.record(session)
            #expect(again.state == .preparing)
            try await fixture.progress(session, .running, epoch: 2)
            try await fixture.progress(session, .failed, reason: "supervision lost: the node was restarted", epoch: 2, isLost: true)
            #expect(try await fixture.record(session).state == .failed)
        }
    }
}
