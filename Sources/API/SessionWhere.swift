/// What `nsml ps --where` and the filter of the page say: terms with blanks between, all of which must hold.
///
///     filter  = term { " " term }
///     term    = [ "-" ] field | word
///     field   = ( "state" | "user" | "dataset" ) ":" NAME { "," NAME }
///             | "name" ":" GLOB | ( "memo" | "label" ) ":" TEXT
///             | "arg." NAME op VALUE
///             | ( "metric." | "min." | "max." ) NAME op NUMBER
///             | ( "age" | "duration" ) op SPAN
///             | ( "priority" | "gpus" | "cpus" | "step" | "exit" ) op NUMBER
///     op      = ":" | "=" | "!=" | "<" | "<=" | ">" | ">="
///
/// A word is found in name, memo, label and arguments, whatever its case. Double quotes keep blanks together, and make a word of what
/// would otherwise be a field. It is no program: nothing in it repeats, branches or calls.
package struct SessionWhere: Sendable, Hashable {
    /// Longer ones are refused, and so are more terms: what a filter costs is bounded by what it says.
    package static let maximumCharacters = 1000
    package static let maximumTerms = 16

    package enum Comparison: String, Sendable, CaseIterable {
        case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=", equal = "=", unequal = "!="
    }

    /// Which value of a series.
    package enum Extent: String, Sendable {
        case last = "metric"
        case minimum = "min"
        case maximum = "max"
    }

    package enum Quantity: String, Sendable, CaseIterable {
        case priority, gpus, cpus, step, exit
        /// Seconds since it was made.
        case age
        /// Seconds that it has run.
        case duration

        var isSpan: Bool { self == .age || self == .duration }
    }

    package enum Test: Sendable, Hashable {
        case states([SessionState])
        case users([UserName])
        case datasets([DatasetName])
        /// `*` and `?` are wildcards.
        case name(String)
        case memo(String)
        case label(String)
        /// The argument has been given, and its value compares so: as numbers where both are.
        case argument(String, Comparison, String)
        case metric(String, Extent, Comparison, Double)
        case quantity(Quantity, Comparison, Double)
        case word(String)
    }

    package struct Term: Sendable, Hashable {
        package var isNegated: Bool
        package var test: Test
    }

    /// As it was written.
    package let text: String
    package let terms: [Term]

    /// Whether it says itself which states are meant.
    package var namesStates: Bool {
        terms.contains { if case .states = $0.test { true } else { false } }
    }

    /// Whether it says itself whose are meant.
    package var namesUsers: Bool {
        terms.contains { if case .users = $0.test { true } else { false } }
    }

    /// Throws `invalid_value`, which names the term that cannot be understood.
    package init(parsing text: String) throws {
        guard text.unicodeScalars.count <= Self.maximumCharacters else {
            throw Failure.invalidValue(
                "filter", "\(text.prefix(40))…", expected: "at most \(Self.maximumCharacters) characters")
        }
        let words = try Self.words(of: text)
        guard words.count <= Self.maximumTerms else {
            throw Failure.invalidValue("filter", "\(text.prefix(80))", expected: "at most \(Self.maximumTerms) terms")
        }
        self.text = text
        terms = try words.map(Self.term)
    }

    private struct Word {
        var text = ""
        /// How many characters stand before its first quote: only what is bare makes a field.
        var bareCount: Int?
    }

    private static func words(of text: String) throws -> [Word] {
        var words: [Word] = []
        var word = Word()
        var isQuoted = false
        for character in text {
            if character == "\"" {
                if word.bareCount == nil { word.bareCount = word.text.count }
                isQuoted.toggle()
            } else if character.isWhitespace, !isQuoted {
                words.append(word)
                word = Word()
            } else {
                word.text.append(character)
            }
        }
        guard !isQuoted else {
            throw Failure.invalidValue("filter", String(text.prefix(80)), expected: "as many closing quotes as opening ones")
        }
        return (words + [word]).filter { !$0.text.isEmpty }
    }

    private static func term(_ word: Word) throws -> Term {
        // A minus before what is no field belongs to the word: `--lr` is looked for as it stands.
        if word.text.hasPrefix("-"), word.bareCount != 0,
            let test = try test(of: Word(text: String(word.text.dropFirst()), bareCount: word.bareCount.map { $0 - 1 }))
        {
            return Term(isNegated: true, test: test)
        }
        return Term(isNegated: false, test: try test(of: word) ?? .word(word.text))
    }

    /// nil: no field.
    private static func test(of word: Word) throws -> Test? {
        let text = word.text
        guard word.bareCount != 0, let start = text.firstIndex(where: { ":<>=!.".contains($0) }), start != text.startIndex else {
            return nil
        }
        let field = String(text[..<start])
        guard field.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "_") }) else { return nil }
        if text[start] == "." {
            guard field == "arg" || Extent(rawValue: field) != nil else { return nil }
            return try dotted(field, String(text[text.index(after: start)...]), of: text)
        }
        guard let (comparison, value) = split(text[start...]) else { return nil }
        if let quantity = Quantity(rawValue: field) { return .quantity(quantity, comparison, try number(value, of: quantity, in: text)) }
        guard text[start] == ":" || text[start] == "=" else {
            // `a<b` of somebody's memo.
            guard ["state", "user", "dataset", "name", "memo", "label"].contains(field) else { return nil }
            throw invalid(text, "\(field):\(value)")
        }
        let names = value.split(separator: ",").map(String.init)
        switch field {
        case "state":
            let expected = SessionState.allCases.map(\.rawValue).joined(separator: ", ")
            let states = try names.map { name in
                guard let state = SessionState(rawValue: name) else {
                    throw Failure.invalidValue("state", name, expected: "one of \(expected)")
                }
                return state
            }
            guard !states.isEmpty else { throw invalid(text, "state:running or state:running,paused") }
            return .states(states)
        case "user":
            guard !names.isEmpty else { throw invalid(text, "user:NAME") }
            return .users(try names.map { try UserName(parsing: $0) })
        case "dataset":
            guard !names.isEmpty else { throw invalid(text, "dataset:NAME") }
            return .datasets(try names.map { $0 == DatasetName.none.rawValue ? DatasetName.none : try DatasetName(parsing: $0) })
        case "name", "memo", "label":
            guard !value.isEmpty else { throw invalid(text, "\(field):TEXT") }
            return field == "name" ? .name(value) : field == "memo" ? .memo(value) : .label(value)
        default:
            guard text[start] == ":" else { return nil }
            throw Failure.invalidValue(
                "filter", text,
                expected: "state:, user:, dataset:, name:, memo:, label:, age:, duration:, priority:, gpus:, cpus:, step:, exit:, "
                    + "arg.NAME:, metric.NAME>, min.NAME< or max.NAME>; \"\(text)\" in quotes looks for the word")
        }
    }

    private static func dotted(_ field: String, _ rest: String, of text: String) throws -> Test {
        // A value of an argument may hold anything, a name of a metric too.
        let isArgument = field == "arg"
        let place =
            isArgument
            ? rest.firstIndex { ":<>=!".contains($0) } : rest.firstIndex { "<>=!".contains($0) } ?? rest.lastIndex(of: ":")
        guard let place, place != rest.startIndex, let (comparison, value) = split(rest[place...]) else {
            throw invalid(text, isArgument ? "arg.NAME:VALUE or arg.NAME>VALUE" : "\(field).NAME>NUMBER")
        }
        let name = String(rest[..<place])
        if isArgument {
            if comparison != .equal, comparison != .unequal, Double(value) == nil {
                throw invalid(text, "a number behind '\(comparison.rawValue)'")
            }
            return .argument(name, comparison, value)
        }
        guard let number = Double(value), !number.isNaN else { throw invalid(text, "a number behind the name of the metric") }
        return .metric(name, Extent(rawValue: field) ?? .last, comparison, number)
    }

    /// `>=0.5` as its comparison and what it compares with.
    private static func split(_ text: Substring) -> (Comparison, String)? {
        for length in [2, 1] {
            let sign = String(text.prefix(length))
            if let comparison = Comparison(rawValue: sign) { return (comparison, String(text.dropFirst(length))) }
        }
        return text.first == ":" ? (.equal, String(text.dropFirst())) : nil
    }

    private static func number(_ value: String, of quantity: Quantity, in text: String) throws -> Double {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if quantity.isSpan, let last = value.last, let unit = units[last], let count = Double(value.dropLast()) { return count * unit }
        guard let number = Double(value), number.isFinite, !quantity.isSpan else {
            throw invalid(text, quantity.isSpan ? "a span such as 30s, 10m, 2h, 3d or 1w" : "a number")
        }
        return number
    }

    private static func invalid(_ text: String, _ expected: String) -> Failure { .invalidValue("filter", text, expected: expected) }
}
