import API
import Foundation
import TestSupport
import Testing

@Suite("The platform, from outside") struct PlatformVerbTests {
    @Test("up starts it once and logs its owner in; down ends it; both may be said again")
    func upAndDown() async throws {
        try await withPlatform { platform in
            let who = try await platform.nsml("whoami", "--json").decoded(as: Identity.self)
            #expect(who.role == .admin)
            #expect(!FileManager.default.fileExists(atPath: "\(platform.data)/first-token"))
            let again = try await platform.nsml("up", "--data", platform.data)
            #expect(again.output == "NSML is up already at \(platform.url)\n")

            let status = try await platform.nsml("status", "--json").decoded(as: ServerStatus.self)
            #expect(status.sessionsActive == 0)
            #expect(try await platform.nsml("status").output.hasPrefix("NSML \(status.version) at \(platform.url)"))
            #expect(
                try await platform.nsml("version").lines == ["client  \(status.version)", "server  \(status.version) at \(platform.url)"])

            #expect(try await platform.nsml("down", "--data", platform.data).output.hasPrefix("NSML is down"))
            #expect(try await platform.nsml("down", "--data", platform.data).output.hasPrefix("no platform is up"))
            let unreachable = try await platform.nsml("ps", status: 6)
            #expect(unreachable.output.isEmpty)
            #expect(unreachable.errors.hasPrefix("nsml: no platform answers at \(platform.url); "))
        }
    }

    @Test("a session goes on while the platform is down, and nothing that it says is lost")
    func downInBetween() async throws {
        try await withPlatform { platform in
            let session = try await platform.session(
                """
                import time
                for i in range(20):
                    print("line", i, flush=True)
                    time.sleep(0.1)
                """)
            try await platform.nsml("down", "--data", platform.data)
            let address = try #require(platform.url.split(separator: "//").last)
            try await platform.nsml("up", "--data", platform.data, "--listen", String(address))
            try await platform.nsml("wait", session, "--timeout", "60")
            let expected = (0..<20).map { "line \($0)\n" }.joined()
            #expect(try await platform.nsml("logs", session).output == expected)
        }
    }

    @Test("a quota is set, shown and kept")
    func quotas() async throws {
        try await withPlatform { platform in
            let name = try await platform.nsml("whoami", "--json").decoded(as: Identity.self).user.rawValue
            let files = platform.directory.appending(path: "big")
            try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
            try Data(repeating: 7, count: 5_000).write(to: files.appending(path: "a.bin"))
            let set = try await platform.nsml("user", "quota", name, "--storage", "1kB", "--sessions", "3")
            #expect(set.output.contains("0 B of 1.00 kB") && set.output.contains("0 of 3 at a time"))
            let refused = try await platform.nsml("dataset", "push", "big", files.path, status: 7)
            #expect(refused.errors.contains("of the 1.0 kB allowed, and this needs"))
            #expect(try await platform.nsml("whoami").output.contains("of 1.00 kB"))
            try await platform.nsml("user", "quota", name, "--storage", "none", "--sessions", "none")
            try await platform.nsml("dataset", "push", "big", files.path)
            #expect(try await platform.nsml("user", "ls").output.contains("5.00 kB"))
            #expect(try await platform.nsml("user", "quota", name, "--gpus", "many", status: 2).errors.contains("'many'"))
        }
    }

    @Test("accounts, tokens and contexts: what one may is what the server says")
    func accounts() async throws {
        try await withPlatform { platform in
            let token = try #require(try await platform.nsml("user", "add", "alice").lines.first)
            #expect(try await platform.nsml("user", "ls", "-q").lines.contains("alice"))
            #expect(try await platform.nsml("user", "add", "alice", status: 5).errors.contains("exists already"))
            var alice = platform.program
            alice.home = platform.directory.appending(path: "alice")
            try FileManager.default.createDirectory(at: alice.home, withIntermediateDirectories: true)

            let login = try await alice.run(["login", platform.url], input: Array("\(token)\n".utf8))
            #expect(login.output == "Welcome to NSML, alice!\n")
            #expect(try await alice.run(["whoami"]).output == "alice (user) on \(platform.url)\n")
            let refused = try await alice.run(["user", "add", "bob"])
            #expect(refused.status == 3 && refused.output.isEmpty)
            #expect(try await alice.run(["login", platform.url, "--username", "a", "--password", "b"]).status == 2)
            #expect(try await alice.run(["login", platform.url], input: Array("wrong\n".utf8)).status == 3)

            let contexts = try await alice.run(["context", "ls"])
            #expect(contexts.output.contains("*  local  \(platform.url)  alice"))
            #expect(!contexts.output.contains(token))
            #expect(try await alice.run(["context", "use", "nowhere"]).status == 4)
            #expect(try await alice.run(["--context", "nowhere", "ps"]).status == 4)

            let tokens = try await alice.run(["user", "token", "ls", "--json"]).decoded(as: [TokenRecord].self)
            let id = try #require(tokens.first).id
            let second = try #require(try await alice.run(["user", "token", "add", "--label", "laptop", "--valid", "1d"]).lines.first)
            #expect(try await alice.run(["user", "token", "rm", "\(id)"]).status == 0)
            #expect(try await alice.run(["ps"]).status == 3)
            var byVariable = alice
            byVariable.variables = ["NSML_URL": platform.url, "NSML_TOKEN": second]
            #expect(try await byVariable.run(["ps"]).status == 0)

            #expect(try await alice.run(["logout"]).output == "logged out of local\n")
            #expect(try await alice.run(["context", "rm", "local"]).status == 0)
            #expect(try await alice.run(["ps"]).status == 3)
            try await platform.nsml("user", "rm", "alice")
            #expect(try await byVariable.run(["ps"]).status == 3)
        }
    }
}

@Suite("The command line, from outside") struct CommandLineVerbTests {
    @Test("help goes to standard output, complaints to standard error with the status for usage")
    func streams() async throws {
        try await withTemporaryDirectory { directory in
            let program = Program(home: directory)
            for words in [[], ["--help"], ["-h"], ["help"]] {
                let help = try await program.run(words)
                #expect(help.status == 0 && help.errors.isEmpty)
                #expect(help.output.hasPrefix("NSML runs your machine learning experiments"))
            }
            let run = try await program.run(["run", "--help"])
            #expect(run.output.hasPrefix("Run the code in this directory as a session.\n\nEXAMPLES:\n"))
            #expect(try await program.run(["--version"]).output.hasPrefix("nsml "))
            for (words, message) in [
                (["lgos"], "nsml: there is no command 'nsml lgos'; did you mean 'nsml logs'?\n"),
                (["logs"], "nsml: missing expected argument '<session>'; 'nsml logs --help' says more\n"),
                (["logs", "x"], "nsml: 'x' is no session; write USER/DATASET/N, as in alice/mnist/1; 'nsml ps -a' lists them\n"),
                (["ps", "--no-such-option"], "nsml: unknown option '--no-such-option'; 'nsml ps --help' says more\n"),
            ] {
                let result = try await program.run(words)
                #expect(result.status == 2)
                #expect(result.output.isEmpty)
                #expect(result.errors == message)
            }
            let away = try await program.run(["ps"])
            #expect(away.status == 3 && away.errors.hasPrefix("nsml: not logged in to http://127.0.0.1:7777; "))
            #expect(try await program.run(["credit"]).status == 0)
        }
    }

    @Test("completion offers live names, and says nothing when there is no server")
    func completion() async throws {
        try await withPlatform { platform in
            for shell in ["bash", "zsh", "fish"] {
                #expect(try await platform.nsml("completion", shell).output.contains("---completion"))
            }
            try await platform.nsml("dataset", "push", "digits", try platform.folder(["a": "1"]).path)
            let session = try await platform.session(Code.model, options: ["--wait"])
            func complete(_ command: String..., prefix: String) async throws -> [String] {
                let words = ["nsml"] + command + [prefix]
                let request = ["---completion"] + command + ["--", "positional@0", "\(words.count - 1)", "\(prefix.utf8.count)"] + words
                return try await platform.program.run(request).lines
            }
            #expect(try await complete("dataset", "fs", prefix: "d") == ["digits"])
            #expect(try await complete("logs", prefix: "") == [session])
            #expect(try await complete("model", "rm", prefix: "\(session)/").sorted() == (0..<3).map { "\(session)/\($0)" })
            #expect(try await complete("context", "use", prefix: "") == ["local"])
            try await platform.nsml("down", "--data", platform.data)
            #expect(try await complete("logs", prefix: "").isEmpty)
        }
    }

    @Test("report and save write the journal of the session that they run in")
    func inside() async throws {
        try await withTemporaryDirectory { directory in
            var program = Program(home: directory)
            #expect(try await program.run(["report", "loss=1"]).status == 5)
            program.variables = ["NSML_SESSION_DIRECTORY": directory.path]
            #expect(try await program.run(["report", "train__loss=0.5", "step=3"]).status == 0)
            #expect(try await program.run(["report", "loss=high"]).status == 2)
            let model = directory.appending(path: "model")
            try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
            try "w".write(to: model.appending(path: "weights"), atomically: true, encoding: .utf8)
            #expect(try await program.run(["save", model.path, "--name", "best"]).output == "best\n")
            let lines = try String(contentsOf: directory.appending(path: "journal.ndjson"), encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines[0].contains(#""step":3"#) && lines[0].contains(#""train/loss":0.5"#))
            #expect(lines[1].contains(#""directory":"checkpoints/000001""#) && lines[1].contains(#""name":"best""#))
            let copy = directory.appending(path: "checkpoints/000001/weights")
            #expect(try String(contentsOf: copy, encoding: .utf8) == "w")
        }
    }
}
