import API
import Foundation
import Testing

@testable import Scheduling

@Suite("What a user may have at a time")
struct LimitTests {
    private let alice = UserName(unchecked: "alice")

    @Test("over the number of sessions one waits, with the reason, and starts when another ends")
    func sessions() {
        var scheduler = Scheduler.with(node())
        #expect(scheduler.handle([.limited(alice, sessions: 2, gpus: nil)]) == [])
        #expect(
            scheduler.handle([1, 2, 3].map { .submitted(request($0, asks(gpus: 0))) })
                == [start(1), start(2)])
        #expect(scheduler.reasons() == ["waits for another session of alice to end: 2 of the 2 allowed at a time run"])
        // Others are not concerned.
        #expect(scheduler.handle([.submitted(request(4, asks(gpus: 0), by: "bob"))]) == [start(4)])
        #expect(scheduler.handle([.ended(1)]) == [start(3)])
    }

    @Test(
        "over the number of GPUs one waits; what asks for fewer, or none, starts",
        arguments: [(0, true), (1, true), (2, false), (3, false)])
    func gpus(asked: Int, starts: Bool) {
        var scheduler = Scheduler.with(node(gpus: 8))
        let first: [Scheduler.Event] = [
            .limited(alice, sessions: nil, gpus: 3), .submitted(request(1, asks(gpus: 2))), .submitted(request(2, asks(gpus: asked))),
        ]
        let decisions = scheduler.handle(first)
        #expect(decisions.count == (starts ? 2 : 1))
        if !starts {
            let gpus = asked == 1 ? "1 GPU" : "\(asked) GPUs"
            #expect(scheduler.reasons() == ["waits for \(gpus): alice has 2 of the 3 allowed at a time"])
        }
    }

    @Test("what asks for more than its owner may ever have is told so")
    func never() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([.limited(alice, sessions: nil, gpus: 2)])
        #expect(scheduler.whyNever(asks(gpus: 3), for: alice) == "it asks for 3 GPUs, and alice may have 2 at a time")
        #expect(scheduler.whyNever(asks(gpus: 2), for: alice) == nil)
        #expect(scheduler.whyNever(asks(gpus: 3), for: UserName(unchecked: "bob")) == nil)
        _ = scheduler.handle([.submitted(request(1, asks(gpus: 3)))])
        #expect(scheduler.reasons() == ["cannot run here: it asks for 3 GPUs, and alice may have 2 at a time"])
        _ = scheduler.handle([.limited(alice, sessions: 0, gpus: nil)])
        #expect(scheduler.reasons() == ["cannot run here: alice may run no sessions"])
        #expect(scheduler.handle([.limited(alice, sessions: nil, gpus: nil)]) == [start(1, 0, 1, 2)])
    }

    @Test("who is over the limit holds no node and pushes nobody out, however long it waits and however important it is")
    func standsInNobodysWay() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([.limited(alice, sessions: 1, gpus: nil)])
        _ = scheduler.handle([.submitted(request(1)), .submitted(request(2, asks(gpus: 3), by: "bob", savedAt: 0))])
        _ = scheduler.saved(2, at: 10)
        #expect(scheduler.handle([.submitted(request(3, asks(gpus: 4), priority: 50, at: 20))], at: 20) == [])
        #expect(scheduler.handle([.tick], at: 20 + 2 * Scheduler.patience) == [])
        #expect(scheduler.reservation == nil)
        // As soon as it is within the limit it is as important as it says.
        #expect(scheduler.handle([.ended(1)], at: 1_000) == [.yield(2, to: 3)])
    }

    @Test("room is made for no more than the limit allows")
    func makesRoomOnce() {
        var scheduler = Scheduler.with(node(gpus: 2))
        _ = scheduler.handle([
            .limited(alice, sessions: 1, gpus: nil), .submitted(request(1, by: "bob")), .submitted(request(2, by: "bob")),
        ])
        _ = scheduler.saved(1, at: 10)
        _ = scheduler.saved(2, at: 10)
        let important: [Scheduler.Event] = [
            .submitted(request(3, priority: 5, at: 20)), .submitted(request(4, priority: 5, at: 21)),
        ]
        let decisions = scheduler.handle(important, at: 30)
        #expect(decisions.count == 1)
    }

    @Test("a lower limit ends nothing that runs, also what was found running")
    func lowered() {
        var scheduler = Scheduler.with(node())
        let adopted: [Scheduler.Event] = [1, 2, 3].map {
            .adopted(request($0, asks(gpus: 0)), Placement(node: "titan", devices: []))
        }
        _ = scheduler.handle(adopted)
        #expect(scheduler.handle([.limited(alice, sessions: 2, gpus: nil), .submitted(request(4, asks(gpus: 0)))]) == [])
        #expect(scheduler.handle([.ended(1)]) == [])
        #expect(scheduler.handle([.ended(2)]) == [start(4)])
    }
}
