/// What `nsml reproduce` asks for; everything else is the original's.
package struct ReproductionRequest: RequestBody {
    package static let fields: Set<String> = ["priority", "memo", "label", "isPrivate"]
    package var priority: Int
    package var memo: String?
    package var label: String?
    package var isPrivate: Bool

    package init(priority: Int = 0, memo: String? = nil, label: String? = nil, isPrivate: Bool = false) {
        self.priority = priority
        self.memo = memo
        self.label = label
        self.isPrivate = isPrivate
    }
}

/// A change by hand that is made again at the same safe point.
package struct ReplayedChange: Codable, Sendable, Hashable {
    /// The number of the safe point. -1: of a later process of the original, which counted anew, so that only the step says when.
    package var point: Int64
    /// The step of the last report.
    package var step: Int64
    package var code: String
    /// `exec`, `set` or `do`.
    package var way: String
    /// Whether it failed then.
    package var failed: Bool

    package init(point: Int64, step: Int64, code: String, way: String, failed: Bool) {
        self.point = point
        self.step = step
        self.code = code
        self.way = way
        self.failed = failed
    }
}
