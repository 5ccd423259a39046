/// Where a session is in its life.
///
///     queued -> preparing -> running <-> paused -> finished | failed | stopped
///     preparing, running, paused -> queued again, when it gives way to another, or what it ran on is lost
///     queued, preparing, running -> paused -> queued, when its user pauses and resumes it
///     stopped, failed -> queued, when its user resumes it from a checkpoint
///
/// A paused session either has its code wait, with its place; or it has none, and holds nothing (`SessionRecord.holdsPlace`).
package enum SessionState: String, Codable, Sendable, CaseIterable {
    case queued, preparing, running, paused, finished, failed, stopped

    /// Whether nothing can happen to it any more by itself.
    package var isFinal: Bool { self == .finished || self == .failed || self == .stopped }
    /// Whether it has begun and is not over. Whether it also holds resources, `SessionRecord.holdsPlace` says.
    package var isActive: Bool { self == .preparing || self == .running || self == .paused }

    /// Those of sessions on which a supervisor works.
    package static let active = allCases.filter(\.isActive)
    /// Those of sessions that are not over.
    package static let open = allCases.filter { !$0.isFinal }

    /// Whether a session may go from here to `next`.
    package func allows(_ next: SessionState) -> Bool {
        switch (self, next) {
        case (.queued, .preparing), (.queued, .stopped), (.queued, .failed), (.queued, .paused): true
        case (.preparing, .running), (.preparing, .failed), (.preparing, .stopped), (.preparing, .queued), (.preparing, .paused): true
        case (.running, .paused), (.paused, .running): true
        case (.running, .finished), (.running, .failed), (.running, .stopped), (.running, .queued): true
        case (.paused, .finished), (.paused, .failed), (.paused, .stopped), (.paused, .queued): true
        case (.stopped, .queued), (.failed, .queued): true
        default: false
        }
    }
}

/// What kind of run a session is, as `nsml ps` shows it.
package enum SessionType: String, Codable, Sendable, CaseIterable {
    case normal
    case fork = "normal/fork"
    /// Answers with a loaded checkpoint; retires when idle.
    case infer
    case submit
    case submitTest = "submit(test)"
    /// Does again what another did.
    case reproduction = "reproduce"
}

/// How a session's process ended, as the shim wrote it down.
package struct ProcessExit: Codable, Sendable, Hashable {
    /// The exit status, when the process ended by itself.
    package var exitCode: Int?
    /// The signal that ended it.
    package var signal: Int?
    package var outOfMemory: Bool
    /// The most memory the session's processes held together, where control groups say.
    package var memoryPeakBytes: Int64?

    package init(exitCode: Int? = nil, signal: Int? = nil, outOfMemory: Bool = false, memoryPeakBytes: Int64? = nil) {
        self.exitCode = exitCode
        self.signal = signal
        self.outOfMemory = outOfMemory
        self.memoryPeakBytes = memoryPeakBytes
    }
}
