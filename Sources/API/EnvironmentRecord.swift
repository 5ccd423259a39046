/// What a session's code ran with: found by its supervisor when the session was prepared, and kept with it.
package struct EnvironmentRecord: Codable, Sendable, Hashable {
    /// `cpython 3.11.2`.
    package var python: String
    /// The packages as they were resolved, `numpy==1.26.4` or `NAME @ ADDRESS`, sorted.
    package var packages: [String]
    /// The variables of its environment that may change what numbers come out.
    package var variables: [String: String]
    /// The machine's name.
    package var node: String
    /// What its processor calls itself.
    package var processor: String
    /// The devices that the session had, by their names.
    package var devices: [String]
    /// The version of the devices' driver.
    package var driver: String?
    /// `linux-x86_64, glibc 2.36`.
    package var system: String

    package init(
        python: String, packages: [String], variables: [String: String], node: String, processor: String, devices: [String],
        driver: String?, system: String
    ) {
        self.python = python
        self.packages = packages
        self.variables = variables
        self.node = node
        self.processor = processor
        self.devices = devices
        self.driver = driver
        self.system = system
    }
}

/// What a session that does again what another did must run with.
package struct EnvironmentLock: Codable, Sendable, Hashable {
    /// The environment of the original, where it may still lie; nil: the original used the machine's own Python.
    package var environment: String?
    package var record: EnvironmentRecord

    package init(environment: String?, record: EnvironmentRecord) {
        self.environment = environment
        self.record = record
    }
}

/// Two sessions side by side: whether they reported the same, and what else is not the same.
package struct SessionComparison: Codable, Sendable {
    package var session: SessionName
    package var other: SessionName
    /// Each metric that either has reported, by name.
    package var metrics: [MetricComparison]
    /// What differs beside the numbers, as sentences: code, arguments, data, packages, devices.
    package var differences: [String]

    package init(session: SessionName, other: SessionName, metrics: [MetricComparison], differences: [String]) {
        self.session = session
        self.other = other
        self.metrics = metrics
        self.differences = differences
    }

    /// Whether each number of each metric is the same, bit for bit.
    package var isEqual: Bool { metrics.allSatisfy { $0.difference == nil } }
}

/// One metric of two sessions, point by point in the order of the reports.
package struct MetricComparison: Codable, Sendable, Hashable {
    package var name: String
    package var count: Int64
    package var otherCount: Int64
    /// The first point that is not the same; nil: all are.
    package var difference: PointDifference?

    package init(name: String, count: Int64, otherCount: Int64, difference: PointDifference? = nil) {
        self.name = name
        self.count = count
        self.otherCount = otherCount
        self.difference = difference
    }
}

/// Where two series part; what one of them does not have is nil.
package struct PointDifference: Codable, Sendable, Hashable {
    package var step: Int64
    package var value: MetricValue?
    package var otherValue: MetricValue?

    package init(step: Int64, value: MetricValue?, otherValue: MetricValue?) {
        self.step = step
        self.value = value
        self.otherValue = otherValue
    }
}
