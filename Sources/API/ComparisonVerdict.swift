extension SessionComparison {
    /// One sentence: equal bit for bit, or where the numbers part first and what may be why.
    package var verdict: String {
        guard !metrics.isEmpty else { return "neither \(session) nor \(other) has reported anything" }
        guard let first = firstDifference else {
            let points = metrics.reduce(0) { $0 + $1.count }
            return "equal to \(other), bit for bit: \(points) values of \(metrics.count) metric\(metrics.count == 1 ? "" : "s")"
        }
        let different = metrics.filter { $0.difference != nil }.count
        let values =
            "\(first.difference.value?.description ?? "nothing") here, \(first.difference.otherValue?.description ?? "nothing") there"
        let why = differences.isEmpty ? "" : "; not the same: \(differences.joined(separator: "; "))"
        return "differs from \(other) in \(different) of \(metrics.count) metrics, "
            + "first in \(first.name) at step \(first.difference.step): \(values)\(why)"
    }

    /// The metric whose numbers part at the lowest step.
    package var firstDifference: (name: String, difference: PointDifference)? {
        let all = metrics.compactMap { metric in metric.difference.map { (name: metric.name, difference: $0) } }
        return all.min { ($0.difference.step, $0.name) < ($1.difference.step, $1.name) }
    }
}
