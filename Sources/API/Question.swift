package import Foundation

/// What somebody asks of a session's living code.
package enum QuestionKind: String, Codable, Sendable, CaseIterable {
    /// Python, evaluated in the scope that the code gave.
    case exec
    /// Assignments, all at one safe point or none.
    case set
    /// A named action of the code's, and its arguments.
    case action = "do"
    /// Names and attributes that complete a text; runs nothing.
    case complete
    /// The named actions that there are; runs nothing.
    case actions
    /// Where all threads are, also of code that hangs; runs nothing.
    case stack

    /// Whether it runs code of the session's, and so is written down.
    package var runsCode: Bool { self == .exec || self == .set || self == .action }
}

package struct NewQuestion: RequestBody {
    package static let fields: Set<String> = ["kind", "text", "words", "now", "timeoutSeconds"]
    package var kind: QuestionKind
    /// The code of `exec`, the text that `complete` completes.
    package var text: String?
    /// The assignments of `set`, NAME=VALUE each; the name and the arguments of `do`.
    package var words: [String]?
    /// At once in a thread of its own, not at the next safe point.
    package var now: Bool?
    /// How long it may run, counted from when it begins; nil: a minute.
    package var timeoutSeconds: Double?

    package init(
        kind: QuestionKind, text: String? = nil, words: [String]? = nil, now: Bool? = nil, timeoutSeconds: Double? = nil
    ) {
        self.kind = kind
        self.text = text
        self.words = words
        self.now = now
        self.timeoutSeconds = timeoutSeconds
    }
}

/// A question, with its answer once there is one.
package struct QuestionRecord: Codable, Sendable {
    /// Its number; larger ones were asked later.
    package var number: Int64
    package var kind: QuestionKind
    package var answer: QuestionAnswer?

    package init(number: Int64, kind: QuestionKind, answer: QuestionAnswer? = nil) {
        self.number = number
        self.kind = kind
        self.answer = answer
    }
}

/// What came of a question. All texts come from the session's code: whoever shows them escapes them.
package struct QuestionAnswer: Codable, Sendable {
    package enum State: String, Codable, Sendable {
        case done
        /// It raised an exception.
        case failed
        /// It ran longer than it might, and was ended.
        case timeout
        /// Somebody ended it, or took it back.
        case interrupted
    }

    package var state: State
    /// The value of the last expression, as Python shows it; nil when there is none, or None.
    package var value: String?
    package var output: String?
    /// `TypeError: what it says`.
    package var error: String?
    package var traceback: String?
    /// Sentences about what was not as expected.
    package var notes: [String]?
    package var changes: [ChangedTarget]?
    /// The step of the last report.
    package var step: Int64?
    /// How many safe points the code has passed.
    package var point: Int64?
    package var seconds: Double?
    /// What `complete` completes, and all that it could become.
    package var prefix: String?
    package var completions: [String]?
    package var actions: [ActionRecord]?
    /// What `stack` shows: all threads, as a traceback each.
    package var text: String?
    /// The same in parts, where the library itself could say it.
    package var threads: [ThreadStack]?

    package init(state: State, error: String? = nil) {
        self.state = state
        self.error = error
    }
}

/// Where a thread of a session's process is.
package struct ThreadStack: Codable, Sendable, Hashable {
    package struct Frame: Codable, Sendable, Hashable {
        package var file: String
        package var line: Int
        package var function: String
        /// The source line, empty where the file cannot be read.
        package var code: String
    }

    package var name: String
    package var main: Bool
    package var daemon: Bool
    /// One of the nsml library's own.
    package var library: Bool
    /// How many frames are left out in the middle.
    package var omitted: Int
    /// The most recent call last.
    package var frames: [Frame]
}

/// A named action of a session's code.
package struct ActionRecord: Codable, Sendable, Hashable {
    package var name: String
    /// `(size, fast=False)`
    package var parameters: String
    package var description: String

    package init(name: String, parameters: String, description: String) {
        self.name = name
        self.parameters = parameters
        self.description = description
    }
}

/// One name, attribute or item that was assigned, with what it held before and after, as Python shows it; nil where it held
/// nothing, or nobody knows.
package struct ChangedTarget: Codable, Sendable, Hashable {
    package var target: String
    package var old: String?
    package var new: String?

    package init(target: String, old: String?, new: String?) {
        self.target = target
        self.old = old
        self.new = new
    }
}

/// One change of a running session by hand: what `reproduce` makes again.
package struct ChangeRecord: Codable, Sendable, Hashable {
    package var time: Date
    /// Who asked for it; `session` when nobody did.
    package var author: String
    /// How: `exec`, `set`, `do`, or `replay` when it was made again.
    package var way: String
    /// The step of the last report.
    package var step: Int64
    /// The number of the safe point, counted from 1 at the start of the process.
    package var point: Int64
    package var code: String
    package var targets: [ChangedTarget]
    /// Made in a thread of its own, so that no safe point is exactly where it was made.
    package var now: Bool
    /// It raised an exception, or was ended.
    package var failed: Bool
    /// The code was too long to be kept whole.
    package var isCut: Bool
    /// Of a change made again: what went otherwise than the first time.
    package var mismatch: String?

    package init(
        time: Date, author: String, way: String, step: Int64, point: Int64, code: String, targets: [ChangedTarget], now: Bool,
        failed: Bool, isCut: Bool, mismatch: String?
    ) {
        self.time = time
        self.author = author
        self.way = way
        self.step = step
        self.point = point
        self.code = code
        self.targets = targets
        self.now = now
        self.failed = failed
        self.isCut = isCut
        self.mismatch = mismatch
    }
}

/// What an event of a change carries beside its sentence.
package struct EventChange: Codable, Sendable, Hashable {
    package var way: String
    package var step: Int64
    package var point: Int64
    package var target: String
    package var old: String?
    package var new: String?

    package init(way: String, step: Int64, point: Int64, target: String, old: String?, new: String?) {
        self.way = way
        self.step = step
        self.point = point
        self.target = target
        self.old = old
        self.new = new
    }
}
