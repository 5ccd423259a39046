import Client
import Foundation

/// Tells when the lines of a session's output arrived. Marks come with the pieces; a line's time is that of the last mark at or
/// before its first byte.
struct LineClock: Sendable {
    private var marks: [OutputPiece.Mark] = []

    init() {}

    mutating func add(_ new: [OutputPiece.Mark]) {
        for mark in new where mark.offset > (marks.last?.offset ?? -1) { marks.append(mark) }
    }

    /// nil when nothing is known that early. Offsets are asked for in growing order: what lies before is forgotten.
    mutating func time(at offset: Int64) -> Date? {
        if let last = marks.lastIndex(where: { $0.offset <= offset }) { marks.removeFirst(last) }
        return marks.first?.time
    }
}
