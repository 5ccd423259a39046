import Foundation

/// One number of a report. A diverged run is information: NaN and the infinities are kept, and travel as strings.
package struct MetricValue: Hashable, Sendable, Codable, CustomStringConvertible {
    package var value: Double

    package init(_ value: Double) { self.value = value }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A number is the common case; only when it is none do we look for one of the three words.
        if let number = try? container.decode(Double.self) {
            value = number
            return
        }
        switch try container.decode(String.self) {
        case "NaN": value = .nan
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        case let text: throw Failure.invalidValue("metric", text, expected: "a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encode(description) }
    }

    package var description: String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return "\(value)"
    }
}

/// One point of a series.
package struct SeriesPoint: Hashable, Sendable {
    /// 0 to 2^53 - 1.
    package var step: Int64
    /// When it was reported, in milliseconds since 1970.
    package var timeMilliseconds: Int64
    package var value: Double

    package init(step: Int64, timeMilliseconds: Int64, value: Double) {
        self.step = step
        self.timeMilliseconds = timeMilliseconds
        self.value = value
    }
}

/// What is known of a metric of a session without reading its series. Bests ignore NaN.
package struct MetricSummary: Codable, Sendable, Hashable {
    package var name: String
    package var count: Int64
    package var last: MetricValue
    package var lastStep: Int64
    /// When the last one was reported; nil: by a version that did not keep it here.
    package var lastTimeMilliseconds: Int64?
    package var minimum: MetricValue?
    package var minimumStep: Int64?
    package var maximum: MetricValue?
    package var maximumStep: Int64?

    package init(
        name: String, count: Int64, last: MetricValue, lastStep: Int64, lastTimeMilliseconds: Int64? = nil, minimum: MetricValue? = nil,
        minimumStep: Int64? = nil, maximum: MetricValue? = nil, maximumStep: Int64? = nil
    ) {
        self.name = name
        self.count = count
        self.last = last
        self.lastStep = lastStep
        self.lastTimeMilliseconds = lastTimeMilliseconds
        self.minimum = minimum
        self.minimumStep = minimumStep
        self.maximum = maximum
        self.maximumStep = maximumStep
    }
}

/// A series as it is sent to be drawn: columns of equal length, thinned so that the smallest and the largest value of
/// each bucket are kept.
package struct SeriesColumns: Codable, Sendable {
    package var name: String
    /// How many points the range holds before thinning.
    package var totalCount: Int64
    package var steps: [Int64]
    package var timesMilliseconds: [Int64]
    package var values: [MetricValue]

    package init(name: String, totalCount: Int64, points: [SeriesPoint]) {
        self.name = name
        self.totalCount = totalCount
        steps = points.map(\.step)
        timesMilliseconds = points.map(\.timeMilliseconds)
        values = points.map { MetricValue($0.value) }
    }
}
