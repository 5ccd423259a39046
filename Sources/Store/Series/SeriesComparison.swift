package import API

/// Whether two sessions reported the same.
extension SeriesStore {
    /// Each metric that either session has reported, compared point by point. Holds the points of one metric at a time.
    package func comparison(of session: Int64, with other: Int64) async throws -> [MetricComparison] {
        let names = Set(try await metrics(session: session).map(\.name)).union(try await metrics(session: other).map(\.name))
        var result: [MetricComparison] = []
        for name in names.sorted() {
            let left = try await allPoints(session: session, name: name)
            let right = try await allPoints(session: other, name: name)
            result.append(MetricComparison(name: name, left, right))
        }
        return result
    }
}

extension MetricComparison {
    /// Bit for bit: only NaN is the same as any NaN.
    init(name: String, _ points: [SeriesPoint], _ others: [SeriesPoint]) {
        self.init(name: name, count: Int64(points.count), otherCount: Int64(others.count))
        for index in 0..<max(points.count, others.count) {
            let point = index < points.count ? points[index] : nil
            let other = index < others.count ? others[index] : nil
            if let point, let other, point.step == other.step, Self.isSame(point.value, other.value) { continue }
            // Where steps differ, the earlier one is what the other lacks.
            let step = min(point?.step ?? .max, other?.step ?? .max)
            difference = PointDifference(
                step: step, value: point.flatMap { $0.step == step ? MetricValue($0.value) : nil },
                otherValue: other.flatMap { $0.step == step ? MetricValue($0.value) : nil })
            return
        }
    }

    private static func isSame(_ left: Double, _ right: Double) -> Bool {
        left.bitPattern == right.bitPattern || left.isNaN && right.isNaN
    }
}
