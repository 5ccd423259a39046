import API
import ArgumentParser

/// The verbs at the front of a command line. They are looked up before the parser sees them, so that a typing error gets
/// one line with the nearest match, and so that `nsml --json ps` means `nsml ps --json`.
enum CommandPath {
    /// Options of every command that take a value.
    private static let valued: Set<String> = ["--context", "--color"]

    /// `arguments` with the verbs first. Throws `invalid_request` for a verb that there is not.
    static func arrange(_ arguments: [String], root: any ParsableCommand.Type) throws -> [String] {
        let parts = split(arguments, root: root)
        if let word = parts.unknown {
            throw unknown(word, after: parts.verbs, among: names(of: parts.command))
        }
        return parts.verbs + parts.leading + parts.rest
    }

    /// The verbs that could be made out, for messages.
    static func path(of arguments: [String], root: any ParsableCommand.Type) -> [String] {
        split(arguments, root: root).verbs
    }

    private struct Parts {
        var leading: [String] = []
        var verbs: [String] = []
        var rest: [String] = []
        /// A word that stands where a verb should and is none.
        var unknown: String?
        /// What the verbs lead to.
        var command: any ParsableCommand.Type
    }

    private static func split(_ arguments: [String], root: any ParsableCommand.Type) -> Parts {
        var parts = Parts(command: root)
        var index = 0
        // Completion requests of the parser's own scripts are its own business.
        guard arguments.first?.hasPrefix("---") != true else {
            parts.rest = arguments
            return parts
        }
        while index < arguments.count, arguments[index].hasPrefix("-"), arguments[index] != "--" {
            parts.leading.append(arguments[index])
            if valued.contains(arguments[index]), index + 1 < arguments.count {
                index += 1
                parts.leading.append(arguments[index])
            }
            index += 1
        }
        while index < arguments.count, !parts.command.configuration.subcommands.isEmpty {
            let word = arguments[index]
            if word == "help" || word.hasPrefix("-") { break }
            guard let child = child(of: parts.command, named: word) else {
                parts.unknown = word
                break
            }
            parts.verbs.append(word)
            parts.command = child
            index += 1
        }
        parts.rest = Array(arguments[index...])
        return parts
    }

    private static func child(of command: any ParsableCommand.Type, named name: String) -> (any ParsableCommand.Type)? {
        command.configuration.subcommands.first { $0._commandName == name || $0.configuration.aliases.contains(name) }
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
    }

    private static func unknown(_ word: String, after verbs: [String], among names: [String]) -> Failure {
        let command = (["nsml"] + verbs).joined(separator: " ")
        let hint =
            Nearest.match(for: word, among: names).map { "did you mean '\(command) \($0)'?" } ?? "'\(command) --help' lists what there is"
        return Failure(.invalidRequest, "there is no command '\(command) \(word)'", hint: hint)
    }
}

/// What those need to know who gave `nsml run` the options of their own code.
enum CodeArguments {
    /// nil where the complaint is of another kind, or what was typed is nearly an option of ours.
    ///
    /// - Parameter meant: what the parser takes it for, as in ` '--memory'?`.
    static func hint(for complaint: String, meant: String?, command: [String]) -> String? {
        guard command == ["run"] || command == ["fork"] else { return nil }
        let isOption = complaint.hasPrefix("Unknown option '")
        guard isOption || complaint.contains("nexpected argument"), let word = quoted(complaint) else { return nil }
        if isOption, let near = meant.flatMap(quoted), Nearest.distance(word, near) <= 2 { return nil }
        return "arguments for the code go behind --, as in 'nsml \(command[0]) \(command == ["run"] ? "main.py" : "SESSION") -- \(word)'"
    }

    private static func quoted(_ text: String) -> String? {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return parts.count > 2 ? String(parts[1]) : nil
    }
}

/// Finds what somebody who mistyped most likely meant.
enum Nearest {
    /// The nearest of `names`, if one is near enough to be worth a question.
    static func match(for word: String, among names: [String]) -> String? {
        let word = word.lowercased()
        if word.count >= 2, let longer = names.first(where: { $0.hasPrefix(word) }) { return longer }
        let best = names.map { (name: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
        guard let best, best.distance <= max(1, min(word.count, best.name.count) / 3 + 1), best.distance < best.name.count else {
            return nil
        }
        return best.name
    }

    /// The least number of letters to insert, delete, change, or swap with their neighbour.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for i in left.indices {
            var current = [i + 1]
            for j in right.indices {
                let change = previous[j] + (left[i] == right[j] ? 0 : 1)
                var best = min(change, previous[j + 1] + 1, current[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { best = min(best, beforePrevious[j - 1] + 1) }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
