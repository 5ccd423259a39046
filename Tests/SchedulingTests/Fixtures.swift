import API
import Foundation

@testable import Scheduling

let gigabyte: Int64 = 1_000_000_000

/// Seconds after a fixed instant: the tests' only clock.
func second(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }

func node(_ name: String = "titan", gpus: Int = 4, cpus: Int = 16, gigabytes: Int64 = 64) -> Node {
    Node(
        name: name, cpus: cpus, memoryBytes: gigabytes * gigabyte,
        devices: (0..<gpus).map { Device(index: $0, name: "declared", memoryBytes: 0, isDeclared: true) })
}

func asks(gpus: Int = 1, cpus: Int = 1, gigabytes: Int64 = 1) -> Resources {
    Resources(gpus: gpus, cpus: cpus, memoryBytes: gigabytes * gigabyte, sharedMemoryBytes: 0)
}

func request(
    _ id: Int64, _ resources: Resources = asks(), by owner: String = "alice", priority: Int = 0, at seconds: Double = 0,
    savedAt: Double? = nil, isProtected: Bool = false
) -> Scheduler.Request {
    Scheduler.Request(
        id: id, owner: UserName(unchecked: owner), resources: resources, priority: priority, queuedAt: second(seconds),
        savedAt: savedAt.map(second), isProtected: isProtected)
}

func start(_ id: Int64, on node: String = "titan", _ devices: Int...) -> Scheduler.Decision {
    .start(id, Placement(node: node, devices: devices))
}

extension Scheduler {
    /// A scheduler that knows these nodes.
    static func with(_ nodes: Node...) -> Scheduler {
        var scheduler = Scheduler()
        for node in nodes { _ = scheduler.handle(.nodeAppeared(node), now: second(0)) }
        return scheduler
    }

    /// All decisions of these events, in order, with `now` as the time of all.
    mutating func handle(_ events: [Event], at seconds: Double = 0) -> [Decision] {
        events.flatMap { handle($0, now: second(seconds)) }
    }

    /// Says that a session has saved.
    mutating func saved(_ id: Int64, at seconds: Double) -> [Decision] {
        handle([.resumable(id, savedAt: second(seconds))], at: seconds)
    }

    func reasons(at seconds: Double = 0) -> [String] { queue(now: second(seconds)).map(\.reason) }
}
