import API
import Foundation
import Testing

@testable import Scheduling

@Suite("Users take turns")
struct FairShareTests {
    private func used(_ owner: String, _ hours: Double) -> Scheduler.Event {
        .used(UserName(unchecked: owner), hours * 3_600, until: second(0))
    }

    @Test("who used less of late goes first within a priority, and not before a higher one")
    func order() {
        var scheduler = Scheduler.with(node(gpus: 1))
        _ = scheduler.handle([used("alice", 4), used("bob", 1), .submitted(request(1))])
        _ = scheduler.handle([
            .submitted(request(2, by: "alice", at: 1)), .submitted(request(3, by: "bob", at: 2)),
            .submitted(request(4, by: "alice", priority: 1, at: 3)),
        ])
        #expect(scheduler.queue(now: second(3)).map(\.id) == [4, 3, 2])
        #expect(
            scheduler.reasons(at: 3).last
                == "waits for 1 GPU: 1 of 1 in use; bob's turn comes first, with 1.0 device-hours of late against 4.0")
        #expect(scheduler.handle([.ended(1)], at: 4) == [start(4, 0)])
        #expect(scheduler.handle([.ended(4)], at: 5) == [start(3, 0)])
    }

    @Test("a small difference decides nothing: then the older goes first")
    func grain() {
        var scheduler = Scheduler.with(node(gpus: 1))
        _ = scheduler.handle([used("alice", 0.1), .submitted(request(1, by: "carol"))])
        _ = scheduler.handle([.submitted(request(2, by: "alice", at: 1)), .submitted(request(3, by: "bob", at: 2))])
        #expect(scheduler.queue(now: second(3)).map(\.id) == [2, 3])
    }

    @Test("of many that come together users take turns")
    func turns() {
        var scheduler = Scheduler.with(node(gpus: 1))
        _ = scheduler.handle([.submitted(request(1, by: "carol"))])
        for id in 2...4 { _ = scheduler.handle([.submitted(request(Int64(id), by: "alice", at: 1))], at: 1) }
        for id in 5...6 { _ = scheduler.handle([.submitted(request(Int64(id), by: "bob", at: 2))], at: 2) }
        #expect(scheduler.queue(now: second(3)).map(\.id) == [2, 5, 3, 6, 4])
        var grown = scheduler
        #expect(grown.handle([.ended(1), .nodeAppeared(node(gpus: 4))], now: second(3)).count == 4)
        #expect(grown.queue(now: second(3)).map(\.id) == [4])
    }

    @Test("what was used counts half after a day")
    func decay() {
        var share = FairShare()
        let alice = UserName(unchecked: "alice")
        share.add(1_000, by: alice, at: second(0), now: second(0))
        #expect(abs(share.used(by: alice, now: second(FairShare.halfLife)) - 500) < 1e-9)
        // What is used without end comes to a rest, and is counted as it is used.
        share = FairShare()
        share.change(by: 2, of: alice, now: second(0))
        #expect(abs(share.used(by: alice, now: second(60)) - 120) < 0.1)
        #expect(share.used(by: alice, now: second(-60)) == 0)
        share.change(by: -2, of: alice, now: second(60))
        #expect(abs(share.used(by: alice, now: second(120)) - 120) < 0.2)
        // Late news of what was used long ago counts as if it had been told then.
        share = FairShare()
        share.add(1_000, by: alice, at: second(0), now: second(FairShare.halfLife))
        #expect(abs(share.used(by: alice, now: second(FairShare.halfLife)) - 500) < 1e-9)
    }

    @Test("sessions without GPUs count by their CPUs, protected ones twice")
    func weights() {
        #expect(request(1, asks(gpus: 2, cpus: 16)).shareDevices == 2)
        #expect(request(1, asks(gpus: 0, cpus: 4)).shareDevices == 0.5)
        #expect(request(1, asks(gpus: 1), isProtected: true).shareDevices == 2)
    }

    @Test("who waits and for whom nothing has started for a day goes first, whatever was used; but once only")
    func nobodyStarves() {
        var scheduler = Scheduler.with(node(gpus: 1))
        _ = scheduler.handle([used("alice", 10_000), .submitted(request(1, by: "carol"))])
        _ = scheduler.handle([
            .submitted(request(2, by: "alice", at: 1)), .submitted(request(3, by: "alice", at: 2)),
            .submitted(request(4, by: "bob", at: 3)),
        ])
        let day = FairShare.longestTurn
        #expect(scheduler.queue(now: second(day)).map(\.id) == [4, 2, 3])
        #expect(scheduler.queue(now: second(day + 1)).map(\.id) == [2, 4, 3])
        #expect(scheduler.reasons(at: day + 1).last?.contains("bob's turn comes first") == true)
        #expect(scheduler.handle([.ended(1)], at: day + 1) == [start(2, 0)])
        #expect(scheduler.queue(now: second(day + 2)).map(\.id) == [4, 3])
    }

    @Test("the share does not take a node from the session that holds it")
    func holderStays() {
        var scheduler = Scheduler.with(node())
        _ = scheduler.handle([
            used("alice", 10), .submitted(request(1, asks(gpus: 4), by: "carol")), .submitted(request(2, asks(gpus: 4), by: "alice")),
        ])
        _ = scheduler.handle([.tick], at: 300)
        _ = scheduler.handle([.submitted(request(3, by: "bob", at: 300))], at: 300)
        #expect(scheduler.queue(now: second(301)).map(\.id) == [2, 3])
        #expect(scheduler.handle([.ended(1)], at: 301) == [start(2, 0, 1, 2, 3)])
    }
}
