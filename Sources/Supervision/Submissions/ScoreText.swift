import Foundation

/// The score in what an evaluation printed: a pure function.
enum ScoreText {
    /// Scores have so many digits that count. More would tell models apart that are not different, and carry more of the labels
    /// to whoever submits predictions made for that.
    static let significantDigits = 6
    private static let maximumLength = 64

    /// The last line that is not blank, when it is one finite number and nothing else; rounded.
    static func parse(_ text: String) -> Double? {
        let line = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty }
        guard let line, line.utf8.count <= maximumLength, isNumber(line), let value = Double(line), value.isFinite else { return nil }
        return rounded(value)
    }

    static func rounded(_ value: Double) -> Double {
        // Formatting a finite number always gives one.
        let rounded = Double(String(format: "%.\(significantDigits)g", value)) ?? value
        return rounded == 0 ? 0 : rounded
    }

    /// Digits with at most one point, a sign and an exponent: none of the further forms that a parser of doubles knows.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if let sign = rest.first, "+-".contains(sign) { rest = rest.dropFirst() }
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(whole.count)
        var digits = whole.count
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            digits += fraction.count
            rest = rest.dropFirst(fraction.count + 1)
        }
        guard digits > 0 else { return false }
        if let mark = rest.first, "eE".contains(mark) {
            rest = rest.dropFirst()
            if let sign = rest.first, "+-".contains(sign) { rest = rest.dropFirst() }
            let exponent = rest.prefix { $0.isASCII && $0.isNumber }
            guard !exponent.isEmpty else { return false }
            rest = rest.dropFirst(exponent.count)
        }
        return rest.isEmpty
    }
}
