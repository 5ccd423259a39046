import API
import Foundation
import TestSupport
import Testing

/// `Tests/OldScripts`: scripts and datasets as NSML's users had them, run as they are.
struct OldScripts: Sendable {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "OldScripts")
    /// What every session here asks for: little, so that several run at a time.
    private static let resources = ["-g", "0", "--cpus", "1", "--memory", "512M", "--shm-size", "64M"]

    let platform: TestPlatform
    let user: UserName

    /// Makes all datasets and pushes them, each in its owner's way.
    init(on platform: TestPlatform) async throws {
        self.platform = platform
        user = try await platform.nsml("whoami", "--json").decoded(as: Identity.self).user
        let data = platform.directory.appending(path: "datasets")
        let maker = try ChildProcess(["/usr/bin/env", "python3", Self.folder.appending(path: "make_datasets.py").path, data.path])
        try #require(await maker.exitStatus() == 0)
        func push(_ name: String, _ options: String...) async throws {
            let words = ["dataset", "push"] + options + [name, data.appending(path: name).path]
            let result = try await platform.program.run(words)
            #expect(result.status == 0, "\(result.errors)")
        }
        try await push("movie_review", "-l", "mse")
        try await push("question_pair", "-v", "-l")
        try await push("4_cls_crane", "-v", "-f", "-l", "custom")
        try await push("dust", "-l", "-e", data.appending(path: "dust_evaluation.py").path, "--order", "ascending")
        try await push("mnist2", "-l", "accuracy")
        try await push("hate_2", "-l", "f1", "--description", "악성 댓글")
        try await push("spam-1", "-l", "custom", "--order", "descending")
        try await push("vox")
        try await push("musan_split")
        try await push("ner", "-l", "custom", "--tags", "#nlp #korean")
        try await push("diabetes", "-l")
    }

    /// Starts a script and returns its session's name.
    func start(_ script: String, _ options: String...) async throws -> String {
        let words = ["run", "-q"] + Self.resources + options
        let result = try await platform.program.run(words, in: Self.folder.appending(path: script))
        try #require(result.status == 0, "\(script): \(result.errors)")
        return try #require(result.lines.last)
    }

    /// Waits for the end of sessions, which must be a good one.
    func finish(_ sessions: [String]) async throws {
        for session in sessions {
            let result = try await platform.program.run(["wait", session, "--timeout", "240"])
            if result.status != 0 {
                let log = try await platform.program.run(["logs", session])
                Issue.record("\(session): \(result.output)\(result.errors)\(log.output)")
            }
        }
    }

    /// The names of a session's checkpoints, once there are that many.
    func checkpoints(_ session: String, count: Int) async throws -> [String] {
        try await eventually("\(count) checkpoints of \(session)") {
            try await platform.nsml("model", "ls", "-q", session).lines.count >= count
        }
        return try await platform.nsml("model", "ls", "-q", session).lines.sorted()
    }
}

@Suite("Old scripts, as they are") struct OldScriptTests {
    @Test("run, report, save, are listed and answer")
    func all() async throws {
        try await withPlatform(["--cpus", "5"]) { platform in
            let old = try await OldScripts(on: platform)
            let movie = try await old.start("01_movie_review", "-d", "movie_review", "-e", "main.py", "-a", "--epochs 3")
            let pairs = try await old.start("02_question_pair", "-d", "question_pair", "-e", "main.py", "-m", "best of three")
            let crane = try await old.start("03_crane", "-d", "4_cls_crane", "-e", "main.py", "-a", "--num_epochs 2")
            let dust = try await old.start("04_dust", "-d", "dust", "--hide-client-log", "--no-verify")
            let ladder = try await old.start("05_mnist_ladder", "-d", "mnist2", "main.py", "--", "--noise_std", "0.1")
            let hate = try await old.start("06_hate_speech", "-d", "hate_2")
            let spam = try await old.start("07_spam", "-d", "spam-1", "-e", "nsml_train.py", "-a", "--experiment_name=v2")
            let two = try await old.start("08_two_datasets", "-d", "vox,musan_split", "--nfs-output")
            let tagger = try await old.start("09_tagger", "-d", "ner")
            let logger = try await old.start("10_logger", "-d", "diabetes", "main.py")
            try await old.finish([movie, pairs, crane, dust, ladder, hate, spam, two, tagger, logger])

            // The same dataset read where it lies, and an ensemble of another session's models.
            let local = try await old.start("01_movie_review", "-d", "movie_review", "-a", "--mode test_local")
            let ensemble = try await old.start("06_hate_speech", "-d", "hate_2", "-a", "--ensemble \(hate)")
            try await old.finish([local, ensemble])

            #expect(try await old.checkpoints(movie, count: 3) == ["0", "1", "2"])
            #expect(try await old.checkpoints(pairs, count: 4) == ["1", "2", "3", "best"])
            #expect(try await old.checkpoints(crane, count: 2) == ["1", "2"])
            #expect(try await old.checkpoints(dust, count: 2) == ["0", "1"])
            #expect(try await old.checkpoints(ladder, count: 2) == ["0", "1"])
            #expect(try await old.checkpoints(spam, count: 1) == ["best"])
            #expect(try await old.checkpoints(two, count: 1) == ["0"])
            #expect(try await old.checkpoints(tagger, count: 3) == ["epoch:0/가", "epoch:1/가", "vocabulary"])
            #expect(try await old.checkpoints(logger, count: 3) == ["0", "1", "2"])
            #expect(try await old.checkpoints(ensemble, count: 1) == ["ensemble"])

            try await Self.checkLists(old)
            try await Self.checkLogs(platform, two: two, crane: crane, logger: logger, ensemble: ensemble)
            let crowd = [(crane, "2"), (dust, "1"), (ladder, "1"), (spam, "best"), (tagger, "epoch:1/가"), (movie, "2"), (pairs, "best")]
            for (session, checkpoint) in crowd + [(logger, "2"), (ensemble, "ensemble")] {
                let result = try await platform.program.run(["submit", session, checkpoint])
                #expect(result.status == 0 && result.output.contains("Score: "), "\(session): \(result.output)\(result.errors)")
            }
            try await Self.checkBoards(platform)
            try await Self.checkAnswers(platform, movie: movie, pairs: pairs, dust: dust, ladder: ladder, tagger: tagger, logger: logger)
        }
    }

    /// What `ps` says: the newest values with `summary=True`, under the names that the scripts gave.
    private static func checkLists(_ old: OldScripts) async throws {
        let sessions = try await old.platform.nsml("ps", "-a", "-j").decoded(as: [SessionRecord].self)
        func summary(_ name: String) -> [String: MetricValue] {
            sessions.last { $0.name.description == "\(old.user)/\(name)/1" }?.summary ?? [:]
        }
        #expect(summary("movie_review").keys.contains("train/loss"))
        #expect(summary("movie_review")["epoch_total"]?.value == 3)
        #expect(summary("4_cls_crane").keys.contains("train/Accuracy"))
        #expect(summary("mnist2")["test/accuracy"]?.value == 1)
        #expect(summary("mnist2")["walltime"] == nil)
        #expect(summary("hate_2").keys.contains("train/loss:"))
        #expect(summary("spam-1")["loss"]?.value.isNaN == true)
        #expect(summary("ner")["val/dev/PER/f1"]?.value == 0.5)
        #expect(summary("ner")["acc@std"]?.value == 0.1 && summary("ner")["손실"]?.value == 0.25)
        #expect(summary("ner")[#"odd "key"\"#]?.value == 3)
    }

    private static func checkLogs(_ platform: TestPlatform, two: String, crane: String, logger: String, ensemble: String) async throws {
        let both = try await platform.nsml("logs", two).output
        #expect(both.contains("DATASET_PATH ['/data/vox', '/data/musan_split']\n2 speakers, ['n1.txt']"))
        #expect(both.contains("not writable: Read-only file system"))
        #expect(both.components(separatedBy: "preprocessing").count == 2)
        #expect(both.contains("loaded 6.0 True True"))
        #expect(try await platform.nsml("logs", crane).output.contains("data 4_cls_crane at /data/4_cls_crane in \(crane)"))
        #expect(try await platform.nsml("logs", ensemble).output.contains("ensemble of 3 in \(ensemble)"))
        #expect(try await platform.nsml("logs", ensemble).output.contains("/nsml_model/no-such-checkpoint"))
        let printed = try await platform.nsml("logs", logger).output
        #expect(printed.contains("['main.py'] /app /app/main.py /data/diabetes"))
        #expect(printed.contains("Visdom.images was skipped (ValueError: there are no pictures)"))
        let files = platform.directory.appending(path: "downloaded")
        try await platform.nsml("download", logger, files.path, "-s", "/app/logs")
        #expect(try String(contentsOf: files.appending(path: "logs/train.log"), encoding: .utf8) == "step 0\nstep 1\nstep 2\n")
    }

    /// Each dataset's way of scoring led to a number: the owner's program with and without a label's path, and what is built in.
    private static func checkBoards(_ platform: TestPlatform) async throws {
        func score(_ dataset: String) async throws -> Double {
            let board = try await platform.nsml("dataset", "board", dataset, "--json").decoded(as: Board.self)
            let first = try #require(board.entries.first, "\(dataset)")
            #expect(first.rank == 1)
            return first.score
        }
        for dataset in ["4_cls_crane", "mnist2", "spam-1", "ner"] { #expect(try await score(dataset) > 0.99, "\(dataset)") }
        for dataset in ["question_pair", "diabetes", "hate_2"] { #expect(try await (0...1).contains(score(dataset)), "\(dataset)") }
        #expect(try await score("dust") < 0.01)
        #expect(try await score("movie_review") < 25)
    }

    private static func checkAnswers(
        _ platform: TestPlatform, movie: String, pairs: String, dust: String, ladder: String, tagger: String, logger: String
    ) async throws {
        let review = "영화 " + String(repeating: "좋다 ", count: 10)
        let rating = try await platform.nsml("infer", movie, "2", input: review).output
        #expect(rating.hasPrefix("[[0.0, "), "\(rating)")
        #expect(try await platform.nsml("infer", pairs, "best", input: "w1 a b\tw1 a b").output == "[[1.0, 1]]")
        #expect(try await platform.nsml("infer", dust, "1", input: "0.5,0.5,0.5").output.hasPrefix("[1."))
        #expect(try await platform.nsml("infer", "\(ladder)/1", input: "[0,1,0,0]").output.hasSuffix(", 1]]"))
        #expect(try await platform.nsml("infer", tagger, "epoch:1/가", input: "kim lives").output == #"[[0.0, ["PER_B", "-"]]]"#)
        #expect(try await platform.nsml("infer", logger, "2", input: "1,1").output.hasPrefix("[[0.0, "))
    }
}
