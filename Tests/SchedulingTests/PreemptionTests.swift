import API
import Foundation
import Testing

@testable import Scheduling

@Suite("Who gives way to whom")
struct PreemptionTests {
    /// A node whose four devices are taken by four sessions of priority 0, all of which have saved at `savedAt`.
    private func full(savedAt: [Double?] = [0, 0, 0, 0], priorities: [Int] = [0, 0, 0, 0]) -> Scheduler {
        var scheduler = Scheduler.with(node())
        for (index, saved) in savedAt.enumerated() {
            _ = scheduler.handle([.submitted(request(Int64(index + 1), priority: priorities[index], savedAt: saved))])
        }
        return scheduler
    }

    @Test("a session of higher priority has a lower one give way, and starts when that one has ended")
    func givesWay() {
        var scheduler = full()
        #expect(scheduler.handle([.submitted(request(9, priority: 1, at: 10))], at: 10) == [.yield(4, to: 9)])
        #expect(scheduler.yielding(to: 9) == [4])
        // On the books until it has ended.
        #expect(scheduler.placement(of: 4) != nil)
        #expect(scheduler.free(on: "titan")?.gpus == 0)
        #expect(scheduler.handle([.tick, .tick], at: 11).isEmpty)
        #expect(scheduler.handle([.requeued(4)], at: 12) == [start(9, 3)])
        #expect(scheduler.queue(now: second(12)).map(\.id) == [4])
        #expect(scheduler.queue(now: second(12)).map(\.gaveWayTo) == [9])
    }

    @Test("equals do not push each other out, nor does a lower one a higher one", arguments: [0, -1])
    func notAmongEquals(priority: Int) {
        var scheduler = full()
        #expect(scheduler.handle([.submitted(request(9, priority: priority, at: 10))], at: 1_000).isEmpty)
    }

    @Test("who cannot resume, or is protected, stays; when a checkpoint is there, it gives way")
    func onlyThoseThatCanResume() {
        var scheduler = full(savedAt: [nil, nil, nil, nil])
        #expect(scheduler.handle([.submitted(request(9, priority: 1, at: 10))], at: 10).isEmpty)
        #expect(scheduler.saved(2, at: 20) == [.yield(2, to: 9)])

        var protected = Scheduler.with(node(gpus: 1))
        _ = protected.handle([.submitted(request(1, savedAt: 0, isProtected: true))])
        #expect(protected.handle([.submitted(request(9, priority: 100, at: 1))], at: 400).isEmpty)
    }

    @Test("the least work is lost: seconds since the checkpoint times devices")
    func leastWork() {
        var scheduler = full(savedAt: [nil, nil, nil, nil])
        for (id, saved) in [(Int64(1), 100.0), (2, 250), (3, 280), (4, 150)] { _ = scheduler.saved(id, at: saved) }
        #expect(scheduler.handle([.submitted(request(9, priority: 1, at: 300))], at: 300) == [.yield(3, to: 9)])
        // Two devices for 20 s are more than one for 30 s.
        var wide = Scheduler.with(node(gpus: 3))
        _ = wide.handle([.submitted(request(1, asks(gpus: 2))), .submitted(request(2))])
        _ = wide.handle([.resumable(1, savedAt: second(280)), .resumable(2, savedAt: second(270))], at: 280)
        #expect(wide.handle([.submitted(request(9, priority: 1, at: 300))], at: 300) == [.yield(2, to: 9)])
    }

    @Test("of sets that lose as much the fewest sessions go, then those of the lowest priority, then the youngest")
    func fewestThenLowest() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([
            .submitted(request(1, savedAt: 0)), .submitted(request(2, savedAt: 0)), .submitted(request(3, asks(gpus: 2), savedAt: 0)),
        ])
        #expect(scheduler.handle([.submitted(request(9, asks(gpus: 2), priority: 1))]) == [.yield(3, to: 9)])
        var mixed = full(priorities: [0, -1, 0, 0])
        #expect(mixed.handle([.submitted(request(9, priority: 1))]) == [.yield(2, to: 9)])
    }

    @Test("never more than needed, and nobody when all together would not be enough")
    func neverMore() {
        var scheduler = full()
        _ = scheduler.handle([.ended(1)])
        #expect(scheduler.handle([.submitted(request(9, asks(gpus: 2), priority: 1))]) == [.yield(4, to: 9)])
        var vain = full(savedAt: [nil, 0, 0, 0])
        #expect(vain.handle([.submitted(request(9, asks(gpus: 4), priority: 1))]).isEmpty)
        // Without the CPUs the devices alone are of no use.
        var cpus = Scheduler.with(node(cpus: 8))
        _ = cpus.handle([.submitted(request(1, asks(gpus: 0, cpus: 6))), .submitted(request(2, asks(gpus: 4, cpus: 2), savedAt: 0))])
        #expect(cpus.handle([.submitted(request(9, asks(gpus: 1, cpus: 4), priority: 1))]).isEmpty)
    }

    @Test("the node where the least is lost is chosen")
    func cheapestNode() {
        var scheduler = Scheduler.with(node("a", gpus: 1), node("b", gpus: 1))
        _ = scheduler.handle([.submitted(request(1)), .submitted(request(2))])
        _ = scheduler.handle([.resumable(1, savedAt: second(10)), .resumable(2, savedAt: second(90))], at: 90)
        #expect(scheduler.handle([.submitted(request(9, priority: 1, at: 100))], at: 100) == [.yield(2, to: 9)])
        #expect(scheduler.handle([.requeued(2)], at: 101) == [start(9, on: "b", 0)])
    }

    @Test("the room is kept: what becomes free meanwhile goes to no session of lower rank")
    func roomIsKept() {
        var scheduler = full()
        #expect(scheduler.handle([.submitted(request(9, asks(gpus: 3), priority: 1))]).count == 3)
        _ = scheduler.handle([.submitted(request(10, at: 1))])
        #expect(scheduler.handle([.requeued(4)]).isEmpty)
        #expect(
            scheduler.queue(now: second(0)).map(\.reason) == [
                "waits for 3 GPUs: 3 of 4 in use", "what is free on node titan is kept for a session of higher rank",
                "what is free on node titan is kept for a session of higher rank",
            ])
        #expect(scheduler.queue(now: second(0)).map(\.behind) == [nil, 9, 9])
        #expect(scheduler.handle([.requeued(3)]).isEmpty)
        #expect(scheduler.handle([.requeued(2)]) == [start(9, 1, 2, 3)])
    }

    @Test("when the other is cancelled, or finds room elsewhere, who has not ended yet goes on")
    func calledOff() {
        var cancelled = full()
        _ = cancelled.handle([.submitted(request(9, asks(gpus: 2), priority: 1))])
        #expect(cancelled.handle([.ended(9)]) == [.keep(3), .keep(4)])
        var elsewhere = full()
        _ = elsewhere.handle([.submitted(request(9, priority: 1))])
        #expect(elsewhere.handle([.ended(1)]) == [start(9, 0), .keep(4)])
        // It had ended all the same: first of its class, it is back before anybody who came later.
        _ = elsewhere.handle([.submitted(request(10, at: 1))], at: 1)
        #expect(elsewhere.handle([.requeued(4)], at: 2) == [start(4, 3)])
    }

    @Test("when a part of the room comes from elsewhere, who is not needed any more goes on")
    func partlyCalledOff() {
        var scheduler = full()
        _ = scheduler.handle([.submitted(request(9, asks(gpus: 2), priority: 1))])
        #expect(scheduler.yielding(to: 9) == [3, 4])
        #expect(scheduler.handle([.ended(1)]) == [.keep(3)])
        #expect(scheduler.handle([.requeued(4)]) == [start(9, 0, 3)])
    }

    @Test("room that was being made is taken over by the next that may have it, else given back")
    func takenOver() {
        var scheduler = full()
        _ = scheduler.handle([.submitted(request(9, priority: 1)), .submitted(request(8, priority: 0, at: 1))])
        // The one of equal priority does not get it.
        #expect(scheduler.handle([.ended(9)]) == [.keep(4)])
        _ = scheduler.handle([.submitted(request(9, priority: 1))])
        #expect(scheduler.handle([.ended(9), .submitted(request(7, priority: 2))], now: second(3)) == [.yield(4, to: 7)])
    }

    @Test("each makes room of its own; a still higher one takes that of a lower one, which has others give way")
    func several() {
        var scheduler = full()
        #expect(
            scheduler.handle([.submitted(request(8, priority: 1)), .submitted(request(9, priority: 1))]) == [
                .yield(4, to: 8), .yield(3, to: 9),
            ])
        #expect(scheduler.handle([.submitted(request(10, priority: 2))]) == [.yield(2, to: 9), .yield(3, to: 8), .yield(4, to: 10)])
        #expect(scheduler.handle([.requeued(4)]) == [start(10, 3)])
        #expect(scheduler.handle([.requeued(3), .requeued(2)]) == [start(8, 2), start(9, 1)])
    }

    @Test("a new priority makes room, or calls it off")
    func changedPriority() {
        var scheduler = full()
        #expect(scheduler.handle([.submitted(request(9))]).isEmpty)
        #expect(scheduler.handle([.priorityChanged(9, 1)]) == [.yield(4, to: 9)])
        #expect(scheduler.handle([.priorityChanged(4, 1)]) == [.yield(3, to: 9), .keep(4)])
        #expect(scheduler.handle([.priorityChanged(9, 0)]) == [.keep(3)])
    }

    @Test("those that gave way are first of their priority, by age; who runs again has a respite")
    func firstOfTheirClass() {
        var scheduler = full()
        _ = scheduler.handle([
            .submitted(request(9, asks(gpus: 2), priority: 1)), .submitted(request(5, at: 0)), .requeued(4), .requeued(3),
        ])
        #expect(scheduler.queue(now: second(10)).map(\.id) == [3, 4, 5])
        #expect(scheduler.handle([.ended(9)], at: 100) == [start(3, 2), start(4, 3)])
        // 1 and 2 have not been pushed out; then nobody is left until the respite is over.
        let higher = Scheduler.Event.submitted(request(10, asks(gpus: 3), priority: 1, at: 101))
        #expect(scheduler.handle([higher], at: 101).isEmpty)
        #expect(scheduler.handle([.tick], at: 100 + Scheduler.respite - 1).isEmpty)
        #expect(
            scheduler.handle([.tick], at: 100 + Scheduler.respite) == [.yield(2, to: 10), .yield(3, to: 10), .yield(4, to: 10)])
    }

    @Test("after a restart who was giving way still is, and nobody else is asked")
    func restart() {
        var scheduler = Scheduler()
        let events: [Scheduler.Event] = [
            .nodeAppeared(node(gpus: 2)),
            .adopted(request(1, savedAt: 0), Placement(node: "titan", devices: [0])),
            .adopted(request(2, savedAt: 0), Placement(node: "titan", devices: [1]), startedAt: second(0), yieldsTo: 9),
            .submitted(request(9, priority: 1)),
        ]
        #expect(scheduler.handle(events, now: second(5)).isEmpty)
        #expect(scheduler.handle([.requeued(2)], at: 6) == [start(9, 1)])
    }

    @Test("a lower session that holds a node is not kept out by room made behind it")
    func holder() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([
            .submitted(request(1, asks(gpus: 2), priority: 1)), .submitted(request(2, asks(gpus: 2), priority: -2, savedAt: 0)),
            .submitted(request(10, asks(gpus: 4), priority: 0)),
        ])
        _ = scheduler.handle([.tick], at: 300)
        // 11 could push 2 out, but what 2 leaves is the holder's.
        #expect(scheduler.handle([.submitted(request(11, asks(gpus: 1), priority: -1, at: 300))], at: 300).isEmpty)
        #expect(scheduler.handle([.ended(1), .ended(2)], now: second(301)) == [start(10, 0, 1, 2, 3)])
    }

    @Test("beyond a dozen candidates no more are taken than needed either")
    func many() {
        var scheduler = Scheduler.with(node(gpus: 40, cpus: 400, gigabytes: 400))
        for id in 1...20 {
            _ = scheduler.handle([.submitted(request(Int64(id), asks(gpus: 2), savedAt: Double(id * 10 % 7)))], at: 0)
        }
        let decisions = scheduler.handle([.submitted(request(99, asks(gpus: 13), priority: 1, at: 100))], at: 100)
        #expect(decisions.count == 7)
    }
}
