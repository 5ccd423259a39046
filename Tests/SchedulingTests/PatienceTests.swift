import API
import Foundation
import Testing

@testable import Scheduling

@Suite("Large sessions are not starved")
struct PatienceTests {
    /// Two sessions of 2 GPUs run, a session of 4 waits since second 0.
    private func busy() -> Scheduler {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([
            .submitted(request(1, asks(gpus: 2))), .submitted(request(2, asks(gpus: 2))), .submitted(request(10, asks(gpus: 4))),
        ])
        return scheduler
    }

    @Test("until it has waited for its patience, smaller ones pass; after that none does")
    func patience() {
        var scheduler = busy()
        #expect(scheduler.handle([.ended(1), .submitted(request(3, asks(gpus: 2), at: 1))], at: 299) == [start(3, 0, 1)])
        #expect(scheduler.handle([.tick, .ended(2), .submitted(request(4, asks(gpus: 2), at: 2))], at: 300).isEmpty)
        #expect(
            scheduler.reasons(at: 421) == [
                "waits for 4 GPUs: 2 of 4 in use",
                "lets a larger session ahead of it pass, for which node titan is kept since 2 minutes",
            ])
        #expect(scheduler.queue(now: second(421)).map(\.behind) == [nil, 10])
        #expect(scheduler.handle([.ended(3)], at: 500) == [start(10, 0, 1, 2, 3)])
        #expect(scheduler.handle([.ended(10)], at: 600) == [start(4, 0, 1)])
    }

    @Test("what the holder does not need stays open to others, as long as all of them and the holder fit together")
    func alongside() {
        var scheduler = Scheduler.with(node(cpus: 8))
        _ = scheduler.handle([.submitted(request(1, asks(gpus: 1, cpus: 4))), .submitted(request(10, asks(gpus: 4, cpus: 4)))])
        let small = asks(gpus: 0, cpus: 2)
        let decisions = scheduler.handle(
            [.submitted(request(2, small, at: 1)), .submitted(request(3, small, at: 2))], at: 300)
        #expect(decisions == [start(2), start(3)])
        // Now 4 + 2 + 2 of 8 CPUs are in use. When the first ends, 4 are free, and they are the holder's.
        let late = scheduler.handle([.submitted(request(4, asks(gpus: 0, cpus: 1), at: 3)), .ended(1)], at: 301)
        #expect(late == [start(10, 0, 1, 2, 3)])
    }

    @Test("one that was let in makes room for the next when it ends")
    func admittedEnds() {
        var scheduler = Scheduler.with(node(cpus: 8))
        _ = scheduler.handle([.submitted(request(1, asks(gpus: 1, cpus: 2))), .submitted(request(10, asks(gpus: 4, cpus: 6)))])
        let small = asks(gpus: 0, cpus: 2)
        #expect(scheduler.handle([.submitted(request(2, small, at: 1)), .submitted(request(3, small, at: 2))], at: 300) == [start(2)])
        #expect(scheduler.handle([.ended(2)], at: 301) == [start(3)])
    }

    @Test("a higher priority still goes first on the node that is kept")
    func higherPriority() {
        var scheduler = busy()
        _ = scheduler.handle([.tick], at: 300)
        #expect(scheduler.handle([.ended(1), .submitted(request(5, asks(gpus: 1), priority: 1, at: 300))], at: 301) == [start(5, 0)])
        #expect(scheduler.handle([.ended(2), .ended(5)], at: 302) == [start(10, 0, 1, 2, 3)])
    }

    @Test("only the node that will fit soonest is kept; others stay open")
    func otherNodes() {
        var scheduler = Scheduler.with(node("a"), node("b"))
        _ = scheduler.handle([
            .submitted(request(1, asks(gpus: 3))), .submitted(request(2, asks(gpus: 4))), .submitted(request(10, asks(gpus: 4))),
        ])
        #expect(scheduler.handle([.submitted(request(3, at: 1))], at: 300).isEmpty)
        #expect(scheduler.handle([.ended(2)], at: 301) == [start(10, on: "b", 0, 1, 2, 3), start(3, on: "a", 3)])
    }

    @Test("a session that can run nowhere holds nothing")
    func impossible() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([.submitted(request(1, asks(gpus: 8)))])
        #expect(scheduler.handle([.submitted(request(2, asks(gpus: 4), at: 1))], at: 1000) == [start(2, 0, 1, 2, 3)])
        #expect(scheduler.reasons(at: 1000) == ["cannot run here: it asks for 8 GPUs, and node titan has 4 GPUs"])
    }

    @Test("when the kept node is lost, another is kept, or none")
    func keptNodeLost() {
        var scheduler = Scheduler.with(node("a"), node("b", gpus: 5))
        _ = scheduler.handle([
            .submitted(request(1, asks(gpus: 4))), .submitted(request(2, asks(gpus: 5))), .submitted(request(10, asks(gpus: 4))),
        ])
        _ = scheduler.handle([.tick], at: 300)
        _ = scheduler.handle([.nodeLost("a")], at: 301)
        #expect(scheduler.reasons(at: 301) == ["waits for 4 GPUs: 5 of 5 in use"])
        let later = scheduler.handle([.submitted(request(3, asks(gpus: 2), at: 1)), .ended(2)], at: 302)
        #expect(later == [start(10, on: "b", 0, 1, 2, 3)])
    }

    @Test("a clock that steps back takes no reservation away")
    func clockStepsBack() {
        var scheduler = busy()
        _ = scheduler.handle([.tick], at: 300)
        #expect(scheduler.handle([.ended(1), .submitted(request(3, asks(gpus: 2), at: 1))], at: -3_600).isEmpty)
    }
}

@Suite("Sentences about waiting")
struct ReasonTests {
    @Test("a shortage is said with figures")
    func shortages() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([
            .submitted(request(1, asks(gpus: 4, cpus: 10, gigabytes: 50))),
            .submitted(request(2, asks(gpus: 1), at: 1)), .submitted(request(3, asks(gpus: 0, cpus: 8), at: 2)),
            .submitted(request(4, asks(gpus: 0, gigabytes: 24), at: 3)),
        ])
        #expect(
            scheduler.reasons() == [
                "waits for 1 GPU: 4 of 4 in use", "waits for 8 CPUs: 10 of 16 in use", "waits for 24.0 GB of memory: 14.0 free",
            ])
    }

    @Test("with several nodes the nearest is named")
    func nearest() {
        var scheduler = Scheduler.with(node("a", gpus: 2), node("b", gpus: 2))
        _ = scheduler.handle([
            .submitted(request(1, asks(gpus: 2))), .submitted(request(2)), .submitted(request(3, asks(gpus: 2), at: 1)),
        ])
        #expect(scheduler.reasons() == ["waits for 2 GPUs: 1 of 2 in use on node b"])
    }

    @Test(
        "what can never run is said with figures",
        arguments: [
            (asks(gpus: 8), "it asks for 8 GPUs, and node titan has 4 GPUs"),
            (
                asks(cpus: 17, gigabytes: 100),
                "it asks for 17 CPUs and 100.0 GB of memory, and node titan has 16 CPUs and 64.0 GB of memory"
            ),
            (asks(gpus: 4, cpus: 16, gigabytes: 64), nil),
        ])
    func never(resources: Resources, sentence: String?) {
        #expect(Scheduler.with(node()).whyNever(resources) == sentence)
    }

    @Test("a platform without GPUs, without nodes, or where no node has all, says so")
    func neverSpecial() {
        #expect(Scheduler().whyNever(asks()) == "there is no node to run on")
        #expect(Scheduler.with(node(gpus: 0)).whyNever(asks()) == "it asks for 1 GPU, and there is no GPU")
        let mixed = Scheduler.with(node("a", gpus: 8, cpus: 4), node("b", gpus: 0, cpus: 64))
        #expect(mixed.whyNever(asks(gpus: 2, cpus: 8)) == "no single node has all of 2 GPUs, 8 CPUs and 1.0 GB of memory")
        #expect(mixed.whyNever(asks(gpus: 9)) == "it asks for 9 GPUs, and no node has more than 8 GPUs")
    }
}
