/// A pattern in which `*` stands for any text and `?` for one character. Matching takes time linear in the pattern times
/// the text, whatever the pattern.
package struct Glob: Sendable {
    private let pattern: [Character]

    package init(_ pattern: String) {
        self.pattern = Array(pattern)
    }

    package func matches(_ text: String) -> Bool {
        let text = Array(text)
        var (position, index) = (0, 0)
        // Where to go on after a `*` that has to take one more character.
        var star: (index: Int, position: Int)?
        while position < text.count {
            if index < pattern.count, pattern[index] == "*" {
                star = (index, position)
                index += 1
            } else if index < pattern.count, pattern[index] == "?" || pattern[index] == text[position] {
                index += 1
                position += 1
            } else if let last = star {
                index = last.index + 1
                position = last.position + 1
                star = (last.index, position)
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == "*" }
    }
}
