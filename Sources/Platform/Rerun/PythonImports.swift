/// Which files of a workspace a script may come to: what it imports from there, or names, and what these do.
struct PythonImports {
    /// The sources of a workspace by their paths.
    private let sources: [String: String]

    init(sources: [String: String]) { self.sources = sources }

    /// The files that `entry` may come to, itself first.
    func reachable(from entry: String) -> [PythonTokens] {
        var found: [PythonTokens] = []
        var waiting = [entry]
        var seen: Set<String> = [entry]
        while let path = waiting.popLast() {
            guard let source = sources[path] else { continue }
            let tokens = PythonTokens(source)
            found.append(tokens)
            for next in named(in: tokens) where seen.insert(next).inserted { waiting.insert(next, at: 0) }
        }
        return found
    }

    private static let dynamic = ["import_module", "__import__", "run_module", "exec"]

    private func named(in tokens: PythonTokens) -> [String] {
        // What is imported by a name that is computed may be any of them.
        if Self.dynamic.contains(where: tokens.uses) { return sources.keys.sorted() }
        let modules = modules(in: tokens.tokens)
        let texts = Set(tokens.texts.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }.filter { $0.hasSuffix(".py") })
        return sources.keys.sorted().filter { path in
            texts.contains { path == $0 || path.hasSuffix("/\($0)") } || modules.contains { Self.is(path, module: $0) }
        }
    }

    /// Whether a file is the module `a/b`, wherever the directory of `a` lies.
    private static func `is`(_ path: String, module: String) -> Bool {
        ["\(module).py", "\(module)/__init__.py"].contains { path == $0 || path.hasSuffix("/\($0)") }
    }

    /// `import a.b`, `from a import b` and `from . import b` as `a/b`, `a`, `a/b`, `b`.
    private func modules(in tokens: [PythonTokens.Token]) -> Set<String> {
        var found: Set<String> = []
        var index = 0
        while index < tokens.count {
            switch tokens[index] {
            case .word("from"):
                let (module, next) = Self.dotted(tokens, from: index + 1)
                index = next
                guard index < tokens.count, tokens[index] == .word("import") else { continue }
                if !module.isEmpty { found.insert(module) }
                let isOpen = index + 1 < tokens.count && tokens[index + 1] == .mark("(")
                let end = isOpen ? tokens[index...].firstIndex(of: .mark(")")) : tokens[index...].firstIndex(of: .lineEnd)
                for case .word(let name) in tokens[index..<(end ?? tokens.count)] {
                    found.insert(module.isEmpty ? name : "\(module)/\(name)")
                }
                index = end ?? tokens.count
            case .word("import"):
                repeat {
                    let (module, next) = Self.dotted(tokens, from: index + 1)
                    if !module.isEmpty { found.formUnion([module, String(module.split(separator: "/")[0])]) }
                    index = tokens[next...].firstIndex { $0 == .mark(",") || $0 == .lineEnd || $0 == .mark(";") } ?? tokens.count
                } while index < tokens.count && tokens[index] == .mark(",")
            default: index += 1
            }
        }
        return found
    }

    /// `..a.b` as `a/b`, and where it ends.
    private static func dotted(_ tokens: [PythonTokens.Token], from start: Int) -> (String, Int) {
        var parts: [String] = []
        var index = start
        var takesName = true
        while index < tokens.count {
            switch tokens[index] {
            case .mark("."): takesName = true
            case .word(let name) where takesName && name != "import":
                parts.append(name)
                takesName = false
            default: return (parts.joined(separator: "/"), index)
            }
            index += 1
        }
        return (parts.joined(separator: "/"), index)
    }
}
