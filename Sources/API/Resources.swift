package import Foundation

/// What a session asks for, and what a node has left.
package struct Resources: Codable, Sendable, Hashable {
    package var gpus: Int
    package var cpus: Int
    package var memoryBytes: Int64
    package var sharedMemoryBytes: Int64

    /// What `nsml run` asks for when nothing is said. The number of GPUs is 1 on a platform that has any, else 0.
    package static let standard = Resources(gpus: 1, cpus: 2, memoryBytes: 24_000_000_000, sharedMemoryBytes: 1_000_000_000)

    package init(gpus: Int, cpus: Int, memoryBytes: Int64, sharedMemoryBytes: Int64) {
        self.gpus = gpus
        self.cpus = cpus
        self.memoryBytes = memoryBytes
        self.sharedMemoryBytes = sharedMemoryBytes
    }
}

/// One GPU of a node.
package struct Device: Codable, Sendable, Hashable {
    /// The number that `CUDA_VISIBLE_DEVICES` takes.
    package var index: Int
    package var name: String
    package var uuid: String?
    package var memoryBytes: Int64
    /// Whether it was declared by hand for tests, without hardware behind it.
    package var isDeclared: Bool

    package init(index: Int, name: String, uuid: String? = nil, memoryBytes: Int64, isDeclared: Bool = false) {
        self.index = index
        self.name = name
        self.uuid = uuid
        self.memoryBytes = memoryBytes
        self.isDeclared = isDeclared
    }
}

/// What a GPU is doing now. Fields that the driver does not tell are nil.
package struct DeviceUsage: Codable, Sendable, Hashable {
    package var index: Int
    package var memoryUsedBytes: Int64?
    package var utilizationPercent: Int?
    package var temperatureCelsius: Int?
    package var powerWatts: Double?

    package init(
        index: Int, memoryUsedBytes: Int64? = nil, utilizationPercent: Int? = nil, temperatureCelsius: Int? = nil, powerWatts: Double? = nil
    ) {
        self.index = index
        self.memoryUsedBytes = memoryUsedBytes
        self.utilizationPercent = utilizationPercent
        self.temperatureCelsius = temperatureCelsius
        self.powerWatts = powerWatts
    }
}

/// A machine that runs sessions.
package struct Node: Codable, Sendable, Hashable {
    package var name: String
    package var cpus: Int
    package var memoryBytes: Int64
    package var devices: [Device]

    package init(name: String, cpus: Int, memoryBytes: Int64, devices: [Device]) {
        self.name = name
        self.cpus = cpus
        self.memoryBytes = memoryBytes
        self.devices = devices
    }
}

/// Where a session runs.
package struct Placement: Codable, Sendable, Hashable {
    package var node: String
    /// The indices of the devices that are the session's alone.
    package var devices: [Int]

    package init(node: String, devices: [Int]) {
        self.node = node
        self.devices = devices
    }
}

/// A waiting session, as `nsml queue` shows it.
package struct QueueEntry: Codable, Sendable {
    /// From 1, in the order in which sessions are considered.
    package var rank: Int
    package var session: SessionName
    package var priority: Int
    package var resources: Resources
    package var queuedAt: Date
    /// Why it waits, as a sentence for a person.
    package var reason: String

    package init(rank: Int, session: SessionName, priority: Int, resources: Resources, queuedAt: Date, reason: String) {
        self.rank = rank
        self.session = session
        self.priority = priority
        self.resources = resources
        self.queuedAt = queuedAt
        self.reason = reason
    }
}

/// A GPU and whose it is, as `nsml gpustat` shows it.
package struct DeviceStatus: Codable, Sendable {
    package var node: String
    package var device: Device
    package var usage: DeviceUsage
    package var session: SessionName?

    package init(node: String, device: Device, usage: DeviceUsage, session: SessionName?) {
        self.node = node
        self.device = device
        self.usage = usage
        self.session = session
    }
}
