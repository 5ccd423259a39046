/// Versions of Python, and what `requires-python` says of them.
enum PythonVersion {
    /// Whether `version` (`3.11.2`) is one that `specifier` (`>=3.8,<3.13`, `~=3.10`, `==3.11.*`) allows. A clause that cannot
    /// be read allows all: the installer has the last word.
    static func satisfies(_ version: String, _ specifier: String) -> Bool {
        specifier.split(separator: ",").allSatisfy { clause in
            let text = clause.filter { !$0.isWhitespace }
            let operation = text.prefix { "<>=!~".contains($0) }
            let bound = text.dropFirst(operation.count)
            guard let wanted = numbers(bound.hasSuffix(".*") ? bound.dropLast(2) : bound[...]), let have = numbers(version[...]) else {
                return true
            }
            return compare(have, String(operation), wanted, isPrefix: bound.hasSuffix(".*"))
        }
    }

    private static func compare(_ have: [Int], _ operation: String, _ wanted: [Int], isPrefix: Bool) -> Bool {
        let width = max(have.count, wanted.count)
        let left = have + Array(repeating: 0, count: width - have.count)
        let right = wanted + Array(repeating: 0, count: width - wanted.count)
        let begins = Array(left.prefix(wanted.count)) == wanted
        let isLess = left.lexicographicallyPrecedes(right)
        return switch operation {
        case ">=": !isLess
        case ">": right.lexicographicallyPrecedes(left)
        case "<=": !right.lexicographicallyPrecedes(left)
        case "<": isLess
        case "==", "===": isPrefix ? begins : left == right
        case "!=": isPrefix ? !begins : left != right
        case "~=": !isLess && Array(left.prefix(wanted.count - 1)) == Array(wanted.dropLast())
        default: true
        }
    }

    /// `3.11.2` as numbers; what follows the digits of a part, as in `3.13.0rc1`, is left out.
    private static func numbers(_ text: Substring) -> [Int]? {
        let parts = text.split(separator: ".").map { Int($0.prefix { $0.isNumber }) }
        return parts.isEmpty || parts.contains(nil) ? nil : parts.compactMap { $0 }
    }
}
