import API
import Foundation
import Testing

@testable import Scheduling

@Suite("Who starts, and in what order")
struct OrderTests {
    @Test("a session that fits starts at once, on the devices with the lowest indices")
    func startsAtOnce() {
        var scheduler = Scheduler.with(node())
        let decisions = scheduler.handle([.submitted(request(1, asks(gpus: 2))), .submitted(request(2))])
        #expect(decisions == [start(1, 0, 1), start(2, 2)])
        #expect(scheduler.free(on: "titan") == Resources(gpus: 1, cpus: 14, memoryBytes: 62 * gigabyte, sharedMemoryBytes: 0))
        #expect(scheduler.holders(on: "titan") == [0: 1, 1: 1, 2: 2])
    }

    @Test("of those that wait, the higher priority goes first, then the older, then the lower id")
    func rank() {
        var scheduler = Scheduler.with(node(gpus: 1))
        #expect(scheduler.handle([.submitted(request(1))]) == [start(1, 0)])
        let queued: [Scheduler.Event] = [
            .submitted(request(5, at: 2)), .submitted(request(4, at: 1)), .submitted(request(3, at: 1)),
            .submitted(request(6, priority: 1, at: 3)), .submitted(request(7, priority: -1, at: 0)),
        ]
        #expect(scheduler.handle(queued).isEmpty)
        #expect(scheduler.queue(now: second(3)).map(\.id) == [6, 3, 4, 5, 7])
        #expect(scheduler.queue(now: second(3)).map(\.rank) == [1, 2, 3, 4, 5])
        let order: [Int64] = [1, 6, 3, 4, 5].flatMap { ended in
            scheduler.handle([.ended(ended)]).compactMap { decision in
                if case .start(let id, _) = decision { id } else { nil }
            }
        }
        #expect(order == [6, 3, 4, 5, 7])
    }

    @Test("a new priority moves a waiting session, and may start nothing by itself")
    func priorityChange() {
        var scheduler = Scheduler.with(node(gpus: 1))
        _ = scheduler.handle([.submitted(request(1)), .submitted(request(2, at: 1)), .submitted(request(3, at: 2))])
        #expect(scheduler.handle([.priorityChanged(3, 10), .priorityChanged(99, 10)]).isEmpty)
        #expect(scheduler.queue(now: second(2)).map(\.id) == [3, 2])
        #expect(scheduler.handle([.ended(1)]) == [start(3, 0)])
    }

    @Test("a session that does not fit blocks no smaller one")
    func noBlocking() {
        var scheduler = Scheduler.with(node())
        let decisions = scheduler.handle([
            .submitted(request(1, asks(gpus: 2))), .submitted(request(2, asks(gpus: 4), at: 1)), .submitted(request(3, at: 2)),
        ])
        #expect(decisions == [start(1, 0, 1), start(3, 2)])
    }

    @Test("CPUs and memory are counted as well", arguments: [asks(gpus: 0, cpus: 10), asks(gpus: 0, gigabytes: 40)])
    func otherResources(resources: Resources) {
        var scheduler = Scheduler.with(node())
        #expect(scheduler.handle([.submitted(request(1, resources)), .submitted(request(2, resources, at: 1))]) == [start(1)])
        #expect(scheduler.handle([.ended(1)]) == [start(2)])
    }

    @Test("a session without GPUs gets no device, and runs when all devices are taken")
    func noDevices() {
        var scheduler = Scheduler.with(node(gpus: 1))
        #expect(scheduler.handle([.submitted(request(1)), .submitted(request(2, asks(gpus: 0)))]) == [start(1, 0), start(2)])
    }

    @Test("the node with the fewest GPUs left over is chosen, then CPUs, then memory, then the name")
    func bestFit() {
        var scheduler = Scheduler.with(node("c", gpus: 2), node("a", gpus: 4), node("b", gpus: 2, cpus: 8))
        let decisions = scheduler.handle([
            .submitted(request(1, asks(gpus: 2))), .submitted(request(2, asks(gpus: 2))), .submitted(request(3, asks(gpus: 0))),
            .submitted(request(4)),
        ])
        #expect(decisions == [start(1, on: "b", 0, 1), start(2, on: "c", 0, 1), start(3, on: "b"), start(4, on: "a", 0)])
    }

    @Test("the order in which nodes appear decides nothing")
    func nodeOrder() {
        var one = Scheduler.with(node("a"), node("b"))
        var other = Scheduler.with(node("b"), node("a"))
        let events: [Scheduler.Event] = (1...8).map { .submitted(request($0, at: Double($0))) }
        #expect(one.handle(events) == other.handle(events))
    }
}

@Suite("What happens to those that run")
struct BookTests {
    @Test("saying it twice changes nothing")
    func repeats() {
        var scheduler = Scheduler.with(node(gpus: 1))
        let twice: [Scheduler.Event] = [.submitted(request(1)), .submitted(request(1)), .submitted(request(2)), .submitted(request(2))]
        #expect(scheduler.handle(twice) == [start(1, 0)])
        #expect(scheduler.queue(now: second(0)).map(\.id) == [2])
        #expect(scheduler.handle([.ended(1)]) == [start(2, 0)])
        #expect(scheduler.handle([.ended(1), .ended(77)]).isEmpty)
        #expect(scheduler.free(on: "titan")?.gpus == 0)
    }

    @Test("a waiting session that ends leaves the queue")
    func cancelled() {
        var scheduler = Scheduler.with(node(gpus: 1))
        _ = scheduler.handle([.submitted(request(1)), .submitted(request(2)), .ended(2)])
        #expect(scheduler.handle([.ended(1)]).isEmpty)
        #expect(scheduler.free(on: "titan")?.gpus == 1)
    }

    @Test("a session found running keeps its devices, whether it or its node is known first")
    func adopted() {
        for nodeFirst in [true, false] {
            var scheduler = Scheduler()
            let appeared = Scheduler.Event.nodeAppeared(node(gpus: 2))
            let found = Scheduler.Event.adopted(request(1), Placement(node: "titan", devices: [0]))
            #expect(scheduler.handle(nodeFirst ? [appeared, found] : [found, appeared]).isEmpty)
            #expect(scheduler.handle([.submitted(request(2))]) == [start(2, 1)])
            #expect(scheduler.placement(of: 1) == Placement(node: "titan", devices: [0]))
        }
    }

    @Test("sessions found running may hold more than the node has; nothing starts until they fit")
    func overfull() {
        var scheduler = Scheduler.with(node(gpus: 1, cpus: 4))
        let events: [Scheduler.Event] = [
            .adopted(request(1, asks(cpus: 8)), Placement(node: "titan", devices: [0])),
            .adopted(request(2, asks(cpus: 3)), Placement(node: "titan", devices: [0])),
            .submitted(request(3)),
        ]
        #expect(scheduler.handle(events).isEmpty)
        #expect(scheduler.free(on: "titan")?.cpus == 0)
        #expect(scheduler.handle([.ended(1)]).isEmpty)
        #expect(scheduler.handle([.ended(2)]) == [start(3, 0)])
    }

    @Test("nothing starts on a lost node; when it is back, what still runs there is still counted")
    func lostNode() {
        var scheduler = Scheduler.with(node(gpus: 2))
        _ = scheduler.handle([.submitted(request(1))])
        #expect(scheduler.handle([.nodeLost("titan"), .submitted(request(2))]).isEmpty)
        #expect(scheduler.free(on: "titan") == nil)
        #expect(scheduler.reasons() == ["cannot run here: there is no node to run on"])
        #expect(scheduler.handle([.nodeAppeared(node(gpus: 2))]) == [start(2, 1)])
        #expect(scheduler.handle([.nodeLost("titan"), .ended(1), .nodeAppeared(node(gpus: 2))]).isEmpty)
        #expect(scheduler.free(on: "titan")?.gpus == 1)
    }

    @Test("a node that grows takes those that wait")
    func grows() {
        var scheduler = Scheduler.with(node(gpus: 0))
        #expect(scheduler.handle([.submitted(request(1))]).isEmpty)
        #expect(scheduler.handle([.nodeAppeared(node(gpus: 1))]) == [start(1, 0)])
    }
}
