package import Foundation

/// What to start beside a session's process, in its sandbox and with its environment.
package struct NewShell: RequestBody {
    package static let fields: Set<String> = ["words", "terminal", "rows", "columns"]
    /// One word is a line for the shell, several are a program and its arguments; none or nil: a shell that asks.
    package var words: [String]?
    /// What kind of terminal shows it, as `TERM` has it; nil: its input and output are no terminal.
    package var terminal: String?
    package var rows: Int?
    package var columns: Int?

    package init(words: [String]? = nil, terminal: String? = nil, rows: Int? = nil, columns: Int? = nil) {
        self.words = words
        self.terminal = terminal
        self.rows = rows
        self.columns = columns
    }
}

package struct ShellRecord: Codable, Sendable {
    /// Its number, which whoever opened it needs to type and to read.
    package var number: Int64
    package init(number: Int64) { self.number = number }
}

/// What is typed into a shell, from `offset` bytes after its beginning on.
package struct ShellInput: RequestBody {
    package static let fields: Set<String> = ["offset", "bytes", "isEnd", "rows", "columns", "isOver"]
    /// No piece is larger.
    package static let maximumBytes = 64 << 10

    package var offset: Int64
    package var bytes: Data
    /// Nothing more will be typed after these.
    package var isEnd: Bool?
    /// The size of the window that shows it, as it is now.
    package var rows: Int?
    package var columns: Int?
    /// From the server alone: nobody is there any more, so it is to end.
    package var isOver: Bool?

    package init(
        offset: Int64, bytes: Data = Data(), isEnd: Bool? = nil, rows: Int? = nil, columns: Int? = nil, isOver: Bool? = nil
    ) {
        self.offset = offset
        self.bytes = bytes
        self.isEnd = isEnd
        self.rows = rows
        self.columns = columns
        self.isOver = isOver
    }
}

/// What a shell prints; how it ended, in the last piece. On a terminal all of it is `output`.
package struct ShellOutput: RequestBody {
    package static let fields: Set<String> = ["offset", "output", "errorsOffset", "errors", "exitStatus", "failure"]
    /// No piece is larger, output and errors together.
    package static let maximumBytes = 128 << 10

    package var offset: Int64
    package var output: Data
    package var errorsOffset: Int64
    package var errors: Data
    /// The program's exit status, or 128 and the signal that ended it.
    package var exitStatus: Int?
    /// Why there is no exit status, in words: it could not be started, or was lost.
    package var failure: String?

    package init(
        offset: Int64, output: Data = Data(), errorsOffset: Int64, errors: Data = Data(), exitStatus: Int? = nil, failure: String? = nil
    ) {
        self.offset = offset
        self.output = output
        self.errorsOffset = errorsOffset
        self.errors = errors
        self.exitStatus = exitStatus
        self.failure = failure
    }

    package var isEnd: Bool { exitStatus != nil || failure != nil }
}

/// Up to where a shell's streams have been taken.
package struct ShellOffsets: Codable, Sendable, Hashable {
    package var offset: Int64
    package var errorsOffset: Int64

    package init(offset: Int64, errorsOffset: Int64) {
        self.offset = offset
        self.errorsOffset = errorsOffset
    }
}
