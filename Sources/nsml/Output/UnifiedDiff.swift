/// The difference of two texts in the unified format of `diff -u`.
struct UnifiedDiff {
    /// Lines around a change.
    private static let context = 3
    /// Beyond this many lines that differ, finding the shortest way from one to the other takes too long.
    static let maximumLines = 20_000

    enum Line: Hashable {
        case same(String), removed(String), added(String)
    }

    private(set) var lines: [Line] = []
    private let oldEndsOpen: Bool
    private let newEndsOpen: Bool

    var added: Int { lines.count { if case .added = $0 { true } else { false } } }
    var removed: Int { lines.count { if case .removed = $0 { true } else { false } } }

    init(_ old: String, _ new: String) {
        let (left, right) = (Self.split(old), Self.split(new))
        oldEndsOpen = !old.isEmpty && old.utf8.last != 0x0A
        newEndsOpen = !new.isEmpty && new.utf8.last != 0x0A
        // What both begin and end with is not looked through.
        let head = zip(left, right).prefix { $0 == $1 }.count
        let tail = zip(left.dropFirst(head).reversed(), right.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        lines = left.prefix(head).map(Line.same)
        lines += Self.middle(Array(left[head..<left.count - tail]), Array(right[head..<right.count - tail]))
        lines += left.suffix(tail).map(Line.same)
    }

    private static func split(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func middle(_ old: [String], _ new: [String]) -> [Line] {
        guard old.count + new.count <= maximumLines else { return old.map(Line.removed) + new.map(Line.added) }
        let difference = new.difference(from: old)
        var gone: Set<Int> = []
        var come: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): gone.insert(offset)
            case .insert(let offset, _, _): come.insert(offset)
            }
        }
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if gone.contains(left) {
                lines.append(.removed(old[left]))
                left += 1
            } else if come.contains(right) {
                lines.append(.added(new[right]))
                right += 1
            } else {
                lines.append(.same(old[left]))
                (left, right) = (left + 1, right + 1)
            }
        }
        return lines
    }

    /// The hunks, each with its header; empty when nothing differs.
    func hunks() -> [String] {
        let changed = lines.indices.filter { if case .same = lines[$0] { false } else { true } }
        var ranges: [Range<Int>] = []
        for index in changed {
            let range = max(0, index - Self.context)..<min(lines.count, index + Self.context + 1)
            if let last = ranges.last, range.lowerBound <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        var result: [String] = []
        var (old, new, position) = (1, 1, 0)
        for range in ranges {
            count(lines[position..<range.lowerBound], &old, &new)
            let start = (old: old, new: new)
            count(lines[range], &old, &new)
            position = range.upperBound
            result.append("@@ -\(Self.range(start.old, old)) +\(Self.range(start.new, new)) @@")
            result += lines[range].map(Self.text)
        }
        if !ranges.isEmpty, oldEndsOpen != newEndsOpen {
            result.append("\\ No newline at end of \(oldEndsOpen ? "the old" : "the new") file")
        }
        return result
    }

    private func count(_ part: ArraySlice<Line>, _ old: inout Int, _ new: inout Int) {
        for line in part {
            switch line {
            case .same: (old, new) = (old + 1, new + 1)
            case .removed: old += 1
            case .added: new += 1
            }
        }
    }

    private static func range(_ start: Int, _ end: Int) -> String {
        let count = end - start
        // An empty range is named by the line before it.
        return count == 1 ? "\(start)" : "\(count == 0 ? start - 1 : start),\(count)"
    }

    private static func text(_ line: Line) -> String {
        switch line {
        case .same(let text): " \(text)"
        case .removed(let text): "-\(text)"
        case .added(let text): "+\(text)"
        }
    }
}
