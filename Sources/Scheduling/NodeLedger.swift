import API

/// The books of one node: what it has, what of it is taken.
struct NodeLedger: Sendable, Hashable {
    let node: Node
    /// What is not taken. CPUs and memory are below zero where adopted sessions hold more than the node has.
    private(set) var free: Resources
    private var takenDevices: [Int: Int] = [:]

    init(node: Node) {
        self.node = node
        free = Resources(gpus: node.devices.count, cpus: node.cpus, memoryBytes: node.memoryBytes, sharedMemoryBytes: 0)
    }

    mutating func occupy(_ resources: Resources, devices: [Int]) {
        free.cpus -= resources.cpus
        free.memoryBytes -= resources.memoryBytes
        for device in devices { takenDevices[device, default: 0] += 1 }
        free.gpus = freeDevices.count
    }

    mutating func release(_ resources: Resources, devices: [Int]) {
        free.cpus += resources.cpus
        free.memoryBytes += resources.memoryBytes
        for device in devices {
            // Counted rather than flagged: after a change of hardware two adopted sessions may claim the same device.
            let count = takenDevices[device, default: 0] - 1
            takenDevices[device] = count > 0 ? count : nil
        }
        free.gpus = freeDevices.count
    }

    private var freeDevices: [Int] {
        node.devices.map(\.index).filter { takenDevices[$0] == nil }
    }

    /// The free devices with the lowest indices.
    func devices(_ count: Int) -> [Int] {
        Array(freeDevices.sorted().prefix(max(0, count)))
    }

    /// Shared memory is not counted by itself: the kernel counts it as part of the session's memory.
    func fits(_ resources: Resources) -> Bool {
        resources.gpus <= free.gpus && resources.cpus <= free.cpus && resources.memoryBytes <= free.memoryBytes
    }

    /// Whether it would fit if the node were idle.
    func couldEverFit(_ resources: Resources) -> Bool {
        resources.gpus <= node.devices.count && resources.cpus <= node.cpus && resources.memoryBytes <= node.memoryBytes
    }

    /// Whether less is left over here than there.
    func isTighter(than other: NodeLedger) -> Bool {
        (free.gpus, free.cpus, free.memoryBytes) < (other.free.gpus, other.free.cpus, other.free.memoryBytes)
    }

    /// What must be given back before it fits: GPUs, CPUs, bytes.
    func missing(for resources: Resources) -> (Int, Int, Int64) {
        (
            max(0, resources.gpus - free.gpus), max(0, resources.cpus - free.cpus), max(0, resources.memoryBytes - free.memoryBytes)
        )
    }
}

extension Resources {
    func adding(_ other: Resources) -> Resources {
        Resources(
            gpus: gpus + other.gpus, cpus: cpus + other.cpus, memoryBytes: memoryBytes + other.memoryBytes,
            sharedMemoryBytes: sharedMemoryBytes + other.sharedMemoryBytes)
    }
}
