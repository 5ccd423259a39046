import API
import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import nsml

@Suite("Arguments as one string") struct ShellWordsTests {
    @Test(
        "are split as a shell does",
        arguments: [
            ("", []), ("--lr 0.1", ["--lr", "0.1"]), ("  a   b ", ["a", "b"]), ("'a b' c", ["a b", "c"]), (#""a b"c"#, ["a bc"]),
            (#"a\ b"#, ["a b"]), (#""say \"hi\"""#, [#"say "hi""#]), (#"'it'\''s'"#, ["it's"]), (#""" x"#, ["", "x"]), (#""\n""#, [#"\n"#]),
        ])
    func split(text: String, words: [String]) throws {
        #expect(try ShellWords.split(text) == words)
        #expect(try ShellWords.split(ShellWords.join(words)) == words)
    }

    @Test("with an open quote are refused", arguments: ["'a", "\"a", "a\\"])
    func open(text: String) {
        #expect(throws: Failure.self) { try ShellWords.split(text) }
    }
}

@Suite("The command line") struct CommandLineTests {
    static func arrange(_ words: String) throws -> [String] {
        try CommandPath.arrange(words.split(separator: " ").map(String.init), root: NSML.self)
    }

    @Test("may have common options before the verb, and plural nouns")
    func arranged() throws {
        #expect(try Self.arrange("--json ps -a") == ["ps", "--json", "-a"])
        #expect(try Self.arrange("--context lab dataset ls") == ["dataset", "ls", "--context", "lab"])
        #expect(try Self.arrange("datasets ls -q") == ["datasets", "ls", "-q"])
        #expect(try Self.arrange("run main.py -- --lr 0.1") == ["run", "main.py", "--", "--lr", "0.1"])
        #expect(try NSML.parseAsRoot(["models", "ls", "alice/mnist/1"]) is ListModelsCommand)
    }

    @Test(
        "with a verb that there is not names the nearest",
        arguments: [("dataste", "dataset"), ("lgos", "logs"), ("stat", "status"), ("dataset pussh", "dataset push"), ("sop", "stop")])
    func nearest(words: String, meant: String) {
        let failure = #expect(throws: Failure.self) { try Self.arrange(words) }
        #expect(failure?.hint == "did you mean 'nsml \(meant)'?")
        #expect(failure.map { ExitStatus.of($0.code) } == 2)
    }

    @Test("with something quite different names nothing")
    func nothingNear() {
        #expect(Nearest.match(for: "frobnicate", among: ["run", "ps", "dataset"]) == nil)
        #expect(Nearest.distance("kitten", "sitting") == 3)
        #expect(Nearest.distance("ab", "ba") == 1)
    }

    @Test("options of the user's own code are told to go behind --")
    func codeArguments() {
        let hint = CodeArguments.hint(for: "Unknown option '--lr'", meant: " '--args'?", command: ["run"])
        #expect(hint == "arguments for the code go behind --, as in 'nsml run main.py -- --lr'")
        #expect(CodeArguments.hint(for: "Unexpected argument 'extra'", meant: nil, command: ["run"])?.contains("-- extra'") == true)
        #expect(CodeArguments.hint(for: "Unknown option '--memroy'", meant: " '--memory'?", command: ["run"]) == nil)
        #expect(CodeArguments.hint(for: "Unknown option '--lr'", meant: nil, command: ["ps"]) == nil)
        #expect(CodeArguments.hint(for: "Missing value for '-g <count>'", meant: nil, command: ["run"]) == nil)
    }

    @Test("a moment is a time, or how long ago")
    func moment() throws {
        let now = Date(timeIntervalSince1970: 1_000)
        #expect(try TimeSpan.moment("10m", for: "time", now: now) == Date(timeIntervalSince1970: 400))
        #expect(try TimeSpan.moment("1970-01-01T00:01:00Z", for: "time", now: now) == Date(timeIntervalSince1970: 60))
        #expect(throws: Failure.self) { try TimeSpan.moment("yesterday", for: "time") }
    }

    @Test("takes the historic forms of 'run'")
    func run() throws {
        let historic = try #require(
            try NSML.parseAsRoot([
                "run", "-d", "vox,musan_split", "-e", "train.py", "-a", "--lr 0.1", "-g", "2", "--memory", "24G", "-c", "4", "-m", "-x",
                "--shm-size=1G",
            ])
                as? RunCommand)
        #expect(historic.code.datasets == ["vox,musan_split"])
        #expect(historic.code.arguments == "--lr 0.1")
        #expect(historic.code.memo == "-x")
        #expect(historic.resources.gpus == 2)
        #expect(historic.resources.shmSize == "1G")
        let slides = try #require(try NSML.parseAsRoot(["run", "main.py", "--", "--lr", "0.1", "-d"]) as? RunCommand)
        #expect(slides.file == "main.py")
        #expect(slides.rest == ["--lr", "0.1", "-d"])
    }

    @Test("takes the historic forms of other verbs, flags before and after the words")
    func historic() throws {
        let push = try #require(
            try NSML.parseAsRoot(["dataset", "push", "-v", "-f", "-l", "-e", "evaluation.py", "4_cls_food", "PATH"]) as? PushDatasetCommand)
        #expect(push.words == ["4_cls_food", "PATH"])
        #expect(push.metric == "")
        #expect(push.force && push.verbose && push.evaluation == "evaluation.py")
        let list = try #require(try NSML.parseAsRoot(["ps", "-n", "5", "-j", "-a"]) as? ListSessionsCommand)
        #expect(list.last == 5 && list.options.json && list.all)
        #expect((try NSML.parseAsRoot(["ps", "--json-return"]) as? ListSessionsCommand)?.options.json == true)
        let remove = try #require(try NSML.parseAsRoot(["rm", "-f", "-s", "a/b/1", "a/b/2"]) as? RemoveCommand)
        #expect(remove.force && remove.sessions.count == 2)
        let download = try #require(try NSML.parseAsRoot(["download", "-s", "/app/x.png", "a/b/1", "."]) as? DownloadCommand)
        #expect(download.single == "/app/x.png")
    }

    @Test("finds out whether -l took the dataset's name for a metric")
    func leaderboard() throws {
        #expect(try PushDatasetCommand.sort(words: ["a", "./d"], metric: "mse") == ("a", "./d", "mse"))
        #expect(try PushDatasetCommand.sort(words: ["./d"], metric: "a") == ("a", "./d", ""))
        #expect(try PushDatasetCommand.sort(words: ["a"], metric: "./d") == ("a", "./d", ""))
        #expect(throws: Failure.self) { try PushDatasetCommand.sort(words: ["a"], metric: nil) }
        #expect(throws: Failure.self) { try PushDatasetCommand.sort(words: ["a"], metric: "") }
    }

    @Test("takes sessions and checkpoints joined or apart")
    func checkpoints() throws {
        #expect(try SessionArgument.checkpoint(["alice/mnist/1", "9"]).description == "alice/mnist/1/9")
        #expect(try SessionArgument.checkpoint(["alice/mnist/1/9"]).checkpoint.rawValue == "9")
        #expect(try SessionArgument.session("alice/mnist/1/").number == 1)
        #expect(throws: Failure.self) { try SessionArgument.checkpoint(["alice/mnist/1"]) }
        #expect(try InferCommand.parse(["alice/mnist/1/9"]).path == nil)
        #expect(try InferCommand.parse(["alice/mnist/1/9", "x.png"]).path == "x.png")
        #expect(try InferCommand.parse(["alice/mnist/1", "9", "x.png"]).path == "x.png")
        #expect(throws: Failure.self) { try InferCommand.parse(["alice/mnist/1/9", "x", "y"]) }
        #expect(PullModelCommand.folder(of: try SessionArgument.checkpoint(["alice/mnist/1", "9"])) == "alice_mnist_1/9/model")
        #expect(PullModelCommand.folder(of: try SessionArgument.checkpoint(["alice/mnist/1", "../x"])) == "alice_mnist_1/.._x/model")
        #expect(PullModelCommand.folder(of: try SessionArgument.checkpoint(["alice/mnist/1", ".."])) == "alice_mnist_1/_../model")
    }

    @Test("sorts by a metric whose name may have colons")
    func sorting() throws {
        #expect(try ListSessionsCommand.parseSort("loss:ascending") == .metric("loss", .ascending))
        #expect(try ListSessionsCommand.parseSort("val:a/b") == .metric("val:a/b", .descending))
        #expect(ListSessionsCommand.pattern("mnist") == "*mnist*")
        #expect(ListSessionsCommand.pattern("alice/*") == "alice/*")
    }

    @Test("names the file to run once")
    func entry() throws {
        #expect(try RunCommand.entry(option: nil, argument: nil) == "main.py")
        #expect(try RunCommand.entry(option: "./a.py", argument: nil) == "a.py")
        #expect(throws: Failure.self) { try RunCommand.entry(option: "a.py", argument: "b.py") }
        #expect(throws: Failure.self) { try RunCommand.entry(option: "../a.py", argument: nil) }
        #expect(throws: Failure.self) { try RunCommand.entry(option: "/a.py", argument: nil) }
    }

    @Test("takes paths below /app")
    func appPaths() throws {
        #expect(try DownloadCommand.relative("/app/out/x.png") == "out/x.png")
        #expect(try DownloadCommand.relative("/app/") == "")
        #expect(try DownloadCommand.relative("./out/") == "out")
        #expect(throws: Failure.self) { try DownloadCommand.relative("/etc/passwd") }
    }

    @Test("takes tags as NSML wrote them")
    func tags() throws {
        #expect(try DatasetSettingsOptions.tags(["#vision #small", "x,y"]) == ["vision", "small", "x", "y"])
        #expect(throws: Failure.self) { try DatasetSettingsOptions.tags(["a b c d e f g h"]) }
    }
}

@Suite("A dataset's layout") struct DatasetLayoutTests {
    @Test("moves files below train/ only where nothing speaks of a competition")
    func rule() async throws {
        try await withTemporaryDirectory { directory in
            let manager = FileManager.default
            try "x".write(to: directory.appending(path: "a.csv"), atomically: true, encoding: .utf8)
            func layout(_ board: Bool = false, evaluation: String? = nil) throws -> Bool {
                try DatasetLayout(directory: directory.path, hasLeaderboard: board, evaluation: evaluation).movesBelowTrain
            }
            #expect(try layout())
            #expect(try !layout(true))
            #expect(try !layout(evaluation: directory.appending(path: "a.csv").path))
            try manager.createDirectory(at: directory.appending(path: "train"), withIntermediateDirectories: true)
            #expect(try !layout())
            #expect(throws: Failure.self) { try layout(evaluation: "absent.py") }
            #expect(throws: Failure.self) {
                try DatasetLayout(directory: directory.appending(path: "a.csv").path, hasLeaderboard: false, evaluation: nil)
            }
        }
    }
}
