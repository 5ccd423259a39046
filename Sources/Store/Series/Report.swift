/// One call of `nsml.report`, as a session's journal tells it.
package struct Report: Sendable {
    /// 0 to 2^53 - 1. Steps may repeat or go back: a session that resumes from a checkpoint reports some of them again.
    package var step: Int64
    /// Milliseconds since 1970.
    package var timeMilliseconds: Int64
    /// Whether the values are what lists and checkpoints show of the session.
    package var isSummary: Bool
    package var values: [(name: String, value: Double)]
    package var texts: [(name: String, text: String)]

    package init(
        step: Int64, timeMilliseconds: Int64, isSummary: Bool = false, values: [(name: String, value: Double)],
        texts: [(name: String, text: String)] = []
    ) {
        self.step = step
        self.timeMilliseconds = timeMilliseconds
        self.isSummary = isSummary
        self.values = values
        self.texts = texts
    }
}

/// A short text that a session reported.
package struct ReportedText: Sendable, Hashable {
    /// Counts up over all texts; `after` of the next question.
    package var number: Int64
    package var name: String
    package var step: Int64
    package var timeMilliseconds: Int64
    package var text: String
}
