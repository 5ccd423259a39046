import API
import ArgumentParser

/// Prints the reference of all commands, as it stands in `docs/CLI.md`.
struct ReferenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print the reference of all commands as Markdown.", shouldDisplay: false)

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let text = Self.markdown()
        if options.json { try options.output.record(["markdown": text]) } else { try options.output.line(text) }
    }

    static func markdown() -> String {
        var parts = [
            "# Commands\n\nMade by `scripts/generate-cli-docs.sh` from the program's own help; do not edit.", fenced(Overview.text),
        ]
        for command in NSML.configuration.subcommands where command.configuration.shouldDisplay {
            parts.append(contentsOf: section(command, verbs: ["nsml"]))
        }
        parts.append(exitStatuses)
        return parts.joined(separator: "\n\n")
    }

    private static func section(_ command: any ParsableCommand.Type, verbs: [String]) -> [String] {
        let verbs = verbs + [command._commandName]
        let children = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        let title = "## \(verbs.joined(separator: " "))\n\n"
        guard children.isEmpty else {
            return [title + command.configuration.abstract] + children.flatMap { section($0, verbs: verbs) }
        }
        return [title + fenced(NSML.helpMessage(for: command, columns: 100))]
    }

    private static func fenced(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = line
            while line.hasSuffix(" ") { line = line.dropLast() }
            return line
        }
        return "```text\n\(lines.joined(separator: "\n").trimmingPrefix("OVERVIEW: ").trimmingSuffix("\n"))\n```"
    }

    private static let exitStatuses = """
        ## Exit status

        | status | meaning |
        | --- | --- |
        | 0 | done |
        | 1 | the operation failed |
        | 2 | the command line is wrong, or the server refused a value in it |
        | 3 | not logged in, or not allowed |
        | 4 | there is no such thing |
        | 5 | it exists already, or is in a state that does not allow it |
        | 6 | the server cannot be reached |
        | 7 | too large, too many, no room |
        | 8 | a wait took too long |
        | 74 | of `nsml server`: its disk reported an error |
        | 130 | interrupted by Ctrl-C |

        `nsml wait`, `nsml run --wait` and `nsml run --follow` end with the exit status of the session's process.
        """
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ character: Character) -> SubSequence {
        var rest = self[...]
        while rest.last == character { rest = rest.dropLast() }
        return rest
    }
}
