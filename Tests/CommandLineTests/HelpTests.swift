import ArgumentParser
import Foundation
import Testing

@testable import nsml

@Suite("Help") struct HelpTests {
    /// All commands that people see, with the words that lead to them.
    static func leaves(
        of command: any ParsableCommand.Type = NSML.self, words: [String] = []
    ) -> [(words: [String], command: any ParsableCommand.Type)] {
        let children = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        guard !children.isEmpty else { return [(words, command)] }
        return children.flatMap { leaves(of: $0, words: words + [$0._commandName]) }
    }

    @Test("of every command has one sentence, real examples first, and --json")
    func complete() throws {
        // The server is a program of its own kind: it never ends, and says nothing.
        let leaves = Self.leaves().filter { $0.words != ["server"] }
        #expect(leaves.count > 40)
        for (words, command) in leaves {
            let name = words.joined(separator: " ")
            let configuration = command.configuration
            #expect(configuration.abstract.hasSuffix("."), "\(name)")
            #expect(configuration.discussion.hasPrefix("EXAMPLES:\n  "), "\(name)")
            let examples = configuration.discussion.split(separator: "\n").dropFirst().prefix { $0.hasPrefix("  ") }
            #expect((1...5).contains(examples.count), "\(name)")
            #expect(examples.contains { $0.contains("nsml \(name)") }, "\(name)")
            #expect(examples.allSatisfy { $0.count <= 80 }, "\(name)")
            #expect(NSML.helpMessage(for: command, columns: 80).contains("--json"), "\(name)")
        }
    }

    @Test("at the top fits one screen and names all verbs")
    func overview() {
        let lines = Overview.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 34)
        #expect(lines.allSatisfy { $0.count <= 80 })
        for (words, _) in Self.leaves() {
            for word in words { #expect(Overview.text.contains(word), "\(word)") }
        }
    }

    @Test("makes a reference of all commands")
    func reference() {
        let text = ReferenceCommand.markdown()
        for (words, _) in Self.leaves() { #expect(text.contains("\n## nsml \(words.joined(separator: " "))\n")) }
        #expect(!text.contains("OVERVIEW:"))
    }

    @Test("in docs/CLI.md is what the program says; scripts/generate-cli-docs.sh writes it")
    func written() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/CLI.md"), encoding: .utf8)
        #expect(text == ReferenceCommand.markdown() + "\n")
    }
}
