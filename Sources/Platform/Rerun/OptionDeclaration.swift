import Foundation

/// How a script takes an option `--NAME`: what can be read of it in the script's text.
struct OptionDeclaration: Hashable {
    /// False for a switch that is given without a value.
    var takesValue = true
    var isInteger = false
    /// The values it takes, where they are spelled out.
    var choices: Set<String>?

    /// Whether it can be given this value.
    func accepts(_ value: String) -> Bool {
        takesValue && (!isInteger || Int(value) != nil) && choices?.contains(value) != false
    }

    /// How `sources` take `--name`, those of the entry first; nil when they do not, as far as can be seen.
    ///
    /// Known are argparse, click and what is made by hand of `sys.argv` (by `"--name"` itself), absl and TensorFlow flags, getopt,
    /// docopt, python-fire, typer, and parsers made of classes and functions. An option whose name is put together counts
    /// where its name is written down.
    static func find(_ name: String, in sources: [PythonTokens]) -> OptionDeclaration? {
        for source in sources {
            if let found = written(name, in: source) ?? flag(name, in: source) ?? listed(name, in: source) { return found }
        }
        return fire(name, in: sources) ?? signature(name, in: sources) ?? computed(name, in: sources)
    }

    // MARK: Written down

    /// `"--name"` itself, in a call or not.
    private static func written(_ name: String, in source: PythonTokens) -> OptionDeclaration? {
        for (index, token) in source.tokens.enumerated() {
            guard case .text(let text, false) = token else { continue }
            if text == "--\(name)" || text == "--\(name)=" {
                return source.openBracket(before: index).map { declared(in: source, call: $0) } ?? OptionDeclaration()
            }
            if text.hasPrefix("--\(name)/--") { return OptionDeclaration(takesValue: false) }
        }
        return nil
    }

    /// What the other arguments of a call say of the option that it declares.
    private static func declared(in source: PythonTokens, call open: Int) -> OptionDeclaration {
        var found = OptionDeclaration()
        let tokens = source.bracket(at: open)
        for index in tokens.indices.dropLast(2) {
            guard case .word(let keyword) = tokens[index] else { continue }
            if keyword == "Choice", tokens[index + 1] == .mark("(") { found.choices = texts(in: source, bracketAt: index + 1) }
            guard tokens[index + 1] == .mark("=") else { continue }
            switch (keyword, tokens[index + 2]) {
            case ("action", .text(let action, _)): found.takesValue = ["store", "append", "extend"].contains(action)
            case ("action", .word): found.takesValue = !tokens[index...].prefix(6).contains(.word("BooleanOptionalAction"))
            case ("is_flag", .word("True")), ("flag_value", _), ("count", .word("True")): found.takesValue = false
            case ("type", .word("int")), ("type", .word("float")), ("type", .word("INT")): found.isInteger = true
            case ("choices", .mark(let mark)) where "([{".contains(mark): found.choices = texts(in: source, bracketAt: index + 2)
            default: continue
            }
        }
        return found
    }

    /// The texts in a bracket; nil when there are none, since then they cannot be read.
    private static func texts(in source: PythonTokens, bracketAt open: Int) -> Set<String>? {
        var found: Set<String> = []
        for case .text(let text, _) in source.bracket(at: open) { found.insert(text) }
        return found.isEmpty ? nil : found
    }

    /// `flags.DEFINE_integer("name", ...)`.
    private static func flag(_ name: String, in source: PythonTokens) -> OptionDeclaration? {
        for index in source.tokens.indices.dropLast(2) {
            guard case .word(let call) = source.tokens[index], call.hasPrefix("DEFINE_"), source.tokens[index + 1] == .mark("("),
                case .text(name, _) = source.tokens[index + 2]
            else { continue }
            var found = OptionDeclaration(takesValue: !["DEFINE_bool", "DEFINE_boolean"].contains(call))
            found.isInteger = call == "DEFINE_integer"
            if call == "DEFINE_enum", let list = source.tokens[index...].firstIndex(of: .mark("[")) {
                found.choices = texts(in: source, bracketAt: list)
            }
            return found
        }
        return nil
    }

    /// The long options of getopt, `["name="]`, and the usage text of docopt.
    private static func listed(_ name: String, in source: PythonTokens) -> OptionDeclaration? {
        if source.uses("getopt") || source.uses("gnu_getopt") {
            if source.texts.contains("\(name)=") { return OptionDeclaration() }
            if source.texts.contains(name) { return OptionDeclaration(takesValue: false) }
        }
        guard source.uses("docopt") else { return nil }
        for text in source.texts {
            guard let place = text.range(of: "--\(name)"), !isWord(text[place.upperBound...].first) else { continue }
            let rest = text[place.upperBound...]
            return OptionDeclaration(takesValue: rest.first == "=" || rest.hasPrefix(" <"))
        }
        return nil
    }

    private static func isWord(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" } ?? false
    }

    // MARK: Made of functions and classes

    private static let maximumCalls = 16

    /// python-fire: each option is a parameter of what it is given.
    private static func fire(_ name: String, in sources: [PythonTokens]) -> OptionDeclaration? {
        for source in sources {
            let calls = source.tokens.indices.dropLast(2).lazy.filter {
                source.tokens[$0] == .word("Fire") && source.tokens[$0 + 1] == .mark("(")
            }
            for index in calls.prefix(maximumCalls) {
                var component: String?
                if case .word(let word) = source.tokens[index + 2], index + 3 < source.tokens.count,
                    [.mark(")"), .mark(",")].contains(source.tokens[index + 3])
                {
                    component = word
                }
                var parameters = sources.flatMap { $0.parameters(of: component) }
                // A dictionary of functions, an object, a module: any of their functions may be meant.
                if parameters.isEmpty { parameters = sources.flatMap { $0.parameters(of: nil) } }
                if parameters.contains(where: { $0.name == name || $0.takesAll }) { return OptionDeclaration() }
            }
        }
        return nil
    }

    private static let bySignature = ["typer", "tyro", "jsonargparse", "defopt", "plac"]
    private static let byFields = ["HfArgumentParser", "tyro", "jsonargparse", "simple_parsing", "Tap", "pydantic_cli"]

    /// Parsers that make options of a function's parameters, or of the fields of a class.
    private static func signature(_ name: String, in sources: [PythonTokens]) -> OptionDeclaration? {
        if bySignature.contains(where: { word in sources.contains { $0.uses(word) } }),
            let found = sources.flatMap({ $0.parameters(of: nil) }).first(where: { $0.name == name && !$0.takesAll })
        {
            return OptionDeclaration(takesValue: !found.isFlag)
        }
        guard byFields.contains(where: { word in sources.contains { $0.uses(word) } }) else { return nil }
        for source in sources {
            for index in source.tokens.indices.dropLast(3)
            where source.tokens[index...].starts(with: [.lineEnd, .word(name), .mark(":")]) {
                return OptionDeclaration(isInteger: source.tokens[index + 3] == .word("int"))
            }
        }
        return nil
    }

    // MARK: Put together

    /// `for key in defaults: parser.add_argument("--" + key)`: known is what the defaults name.
    private static func computed(_ name: String, in sources: [PythonTokens]) -> OptionDeclaration? {
        let isComputed = sources.contains { source in
            source.tokens.indices.dropLast(2).contains { index in
                guard [.word("add_argument"), .word("option")].contains(source.tokens[index]), source.tokens[index + 1] == .mark("(") else {
                    return false
                }
                switch source.tokens[index + 2] {
                case .text(let text, let isFormatted): return text == "--" || text.hasPrefix("--%") || text.hasPrefix("--{") || isFormatted
                case .word: return true
                default: return source.tokens[index + 2] == .mark("*")
                }
            }
        }
        guard isComputed else { return nil }
        let isNamed = sources.contains { source in
            source.tokens.indices.dropLast().contains { index in
                if case .text(name, _) = source.tokens[index] { return true }
                return source.tokens[index] == .word(name) && source.tokens[index + 1] == .mark("=") && index > 0
                    && [.mark("("), .mark(",")].contains(source.tokens[index - 1])
            }
        }
        return isNamed ? OptionDeclaration() : nil
    }
}
