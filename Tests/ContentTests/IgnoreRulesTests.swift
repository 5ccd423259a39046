import API
import Foundation
import TestSupport
import Testing

@testable import Content

@Suite("Ignore rules")
struct IgnoreRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rules: String
        var path: String
        var isIgnored: Bool
        var testDescription: String { "\(rules.debugDescription) \(isIgnored ? "ignores" : "keeps") \(path)" }
    }

    static let cases: [Case] = [
        ("*.so", "a/b/x.so", true), ("*.so", "x.sox", false), ("lib/", "lib/a.py", true), ("lib/", "src/lib/a.py", true),
        ("lib/", "lib", false), ("/lib/", "src/lib/a.py", false), ("/a", "a", true), ("/a", "b/a", false), ("a/b", "a/b", true),
        ("a/b", "c/a/b", false), ("a/*", "a/b", true), ("a/*", "a/b/c", true), ("a/*.py", "a/b/c.py", false), ("**/b", "b", true),
        ("**/b", "x/y/b", true), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "ab", false), ("a/**", "a/x", true),
        ("a/**", "a", false), ("*.log\n!keep.log", "keep.log", false), ("!keep.log\n*.log", "keep.log", true),
        ("a/\n!a/keep", "a/keep", true), ("a/*\n!a/keep", "a/keep", false), ("# a\na", "a", true), ("# a", "# a", false),
        ("\\#a", "#a", true), ("\\!a", "!a", true), ("a  ", "a", true), ("a\\ ", "a ", true), ("a\\ ", "a", false), ("a\r", "a", true),
        ("?.txt", "a.txt", true), ("?.txt", "ab.txt", false), ("a?b", "a/b", false), ("[abc].txt", "b.txt", true),
        ("[!abc].txt", "b.txt", false),
        ("[^abc].txt", "d.txt", true), ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[]a]", "]", true), ("[a", "[a", false),
        ("[[:digit:]]*", "1a", true), ("[[:digit:]]*", "a1", false), ("[a-]", "-", true), ("\\*", "*", true), ("\\*", "a", false),
        ("*", ".hidden", true), ("*a*b*", "xxaxxbxx", true), ("*a*b*", "xxbxxaxx", false), ("데이터", "x/데이터", true), ("", "a", false),
        ("!a", "a", false), ("a/", "a/b/c", true), ("foo/**/bar/*.o", "foo/x/bar/a.o", true), ("foo/**/bar/*.o", "foo/x/bar/y/a.o", false),
        ("**", "a/b", true), ("a**b", "axxb", true), ("a**b", "ax/xb", false), ("/*\n!/src", "src/a.py", false),
        ("/*\n!/src", "x/src", true),
    ].map { Case(rules: $0, path: $1, isIgnored: $2) }

    @Test("a rule means what it means to git", arguments: cases)
    func decides(_ example: Case) {
        #expect(IgnoreRules(parsing: example.rules).ignores(example.path) == example.isIgnored)
    }

    @Test("the closest list decides: .nsmlignore, then inner .gitignore, then outer, then what is built in")
    func ranksLists() async throws {
        try await withTemporaryDirectory { directory in
            let files = [
                "main.py", "lib/own.py", "a.log", "keep.log", "sub/a.log", "sub/b.log", "x.so", "sub/y.so", "data/big.bin",
                "sub/deep/c.txt",
            ]
            for file in files { try write(file, to: directory.appending(path: file)) }
            try write("*.log\ndata/\n", to: directory.appending(path: ".gitignore"))
            try write("!b.log\n/deep\n", to: directory.appending(path: "sub/.gitignore"))
            try write("!lib/\n!keep.log\n!data/\n!y.so\n", to: directory.appending(path: ".nsmlignore"))
            let scan = try await TreeScan.scan(directory, ignoring: .workspace(at: directory))
            let expected = [
                ".gitignore", ".nsmlignore", "data/big.bin", "keep.log", "lib/own.py", "main.py", "sub/.gitignore", "sub/b.log", "sub/y.so",
            ]
            #expect(scan.entries.map(\.path) == expected)
            #expect(scan.ignoredCount == 4)
        }
    }

    @Test("a dataset takes everything but litter")
    func takesDatasets() async throws {
        try await withTemporaryDirectory { directory in
            for file in ["lib/a.so", "build/x", ".hidden", ".DS_Store", "a/._b", ".git/config", "a/.gitignore", "a/b"] {
                try write("*", to: directory.appending(path: file))
            }
            let scan = try await TreeScan.scan(directory, ignoring: .dataset)
            #expect(scan.entries.map(\.path) == [".hidden", "a/.gitignore", "a/b", "build/x", "lib/a.so"])
        }
    }

    @Test(
        "random rules over random trees mean what they mean to git",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git")))
    func agreesWithGit() async throws {
        var random = SeededGenerator(seed: 20_261_123)
        let names = ["a", "b", "ab", "a.b", "ba", "A", "-", "c d"]
        // Without `a**`: git cuts the `a` off first and then takes the rest for a `**` of its own, against its manual.
        let parts = ["a", "b", "*", "?", "[ab]", "[!a]", "a*", "*b", "**", "a.b", "[a-c]", "\\a", "c d", "**b", "[[:upper:]]"]
        for round in 0..<20 {
            try await withTemporaryDirectory { directory in
                for _ in 0..<30 {
                    let path = (0..<Int.random(in: 1...4, using: &random)).map { _ in names.randomElement(using: &random) ?? "a" }
                    // A file where a directory is already, or the reverse, is simply not made.
                    try? write("x", to: directory.appending(path: path.joined(separator: "/")))
                }
                let lines = (0..<Int.random(in: 1...5, using: &random)).map { _ -> String in
                    let body = (0..<Int.random(in: 1...3, using: &random)).map { _ in parts.randomElement(using: &random) ?? "a" }
                    return ["", "", "!"][Int.random(in: 0...2, using: &random)] + ["", "", "/"][Int.random(in: 0...2, using: &random)]
                        + body.joined(separator: "/") + ["", "", "/"][Int.random(in: 0...2, using: &random)]
                }
                try write(lines.joined(separator: "\n") + "\n", to: directory.appending(path: ".gitignore"))
                let rules = IgnoreRules(parsing: lines.joined(separator: "\n"))
                let ours = try await TreeScan.scan(directory, ignoring: rules).entries.map(\.path)
                #expect(ours == (try gitFiles(directory)), "round \(round): \(lines)")
            }
        }
    }

    private func gitFiles(_ directory: URL) throws -> [String] {
        func git(_ arguments: [String]) throws -> [UInt8] {
            var status: Int32 = 0
            return try ChildProcess.output(
                of: ["/usr/bin/git", "-C", directory.path, "-c", "core.excludesFile=/dev/null"] + arguments, status: &status)
        }
        _ = try git(["init", "-q"])
        let listed = try git(["ls-files", "--others", "--exclude-standard", "-z"])
        try FileManager.default.removeItem(at: directory.appending(path: ".git"))
        return listed.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }
}

/// The same numbers every time.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
