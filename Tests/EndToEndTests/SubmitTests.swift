import API
import Foundation
import TestSupport
import Testing

@Suite("Submissions and boards, from outside") struct SubmitVerbTests {
    @Test("a checkpoint is tested, scored and ranked, and its session is gone")
    func life() async throws {
        try await withPlatform { platform in
            try await platform.nsml("dataset", "push", "toy", try platform.folder(Toy.dataset).path)
            let session = try await platform.session(Toy.code, options: ["-d", "toy", "--wait"])
            let test = try await platform.nsml("submit", "-t", session, "1")
            #expect(test.output.contains("NSML) the first predictions:\n    10\n"))
            #expect(test.lines.suffix(2) == ["Score: 1", "Done"])
            let scored = try await platform.nsml("submit", session, "0")
            #expect(scored.output == "Score: 0.5\nRank: 1 on toy\nDone\n")
            #expect(scored.errors.contains(" scores \(session)/0\n"))
            #expect(try await platform.nsml("submit", "\(session)/1").output == "Score: 1\nRank: 1 on toy\nDone\n")
            let board = try await platform.nsml("dataset", "board", "toy", "--json").decoded(as: Board.self)
            #expect(board.entries.map(\.score) == [1] && board.entries.first?.count == 2)
            #expect(try await platform.nsml("dataset", "board", "toy").lines.last?.contains("\(session)/1") == true)
            let mine = try await platform.nsml("dataset", "board", "toy", "--mine", "--json").decoded(as: [SubmissionRecord].self)
            #expect(mine.map(\.score) == [1, 0.5, 1] && mine.map(\.isTest) == [false, false, true])
            let history = try await platform.nsml("dataset", "board", "toy", "--history", "--json").decoded(as: [RankChange].self)
            #expect(history.map(\.score) == [1, 0.5])
            #expect(try await platform.nsml("submit", "--log", "2").output.contains("secret of the test"))
            let left = try await platform.nsml("ps", "-a", "--json").decoded(as: [SessionRecord].self)
            #expect(left.map(\.type) == [.submitTest, .normal])
        }
    }

    @Test("each stage that fails says so, without a word of what was printed")
    func failures() async throws {
        try await withPlatform { platform in
            try await platform.nsml("dataset", "push", "toy", try platform.folder(Toy.dataset).path, "-l", "mse")
            for (fault, expected) in [
                ("start", "start: ZeroDivisionError at main.py:29"), ("load", "load: KeyError at main.py:12 in load"),
                ("infer", "infer: ValueError at main.py:17 in infer"), ("count", "infer returned another number of results"),
                ("text", "evaluate: a prediction is no finite number"), ("forget", "start: the code ended without reaching nsml.paused()"),
            ] {
                let session = try await platform.session(Toy.code, options: ["-d", "toy", "--wait"], arguments: ["--fault", fault])
                let failed = try await platform.nsml("submit", session, "1", status: 1)
                #expect(failed.errors.contains(expected), "\(fault): \(failed.errors)")
                #expect(!failed.errors.contains("secret") && failed.output.isEmpty)
            }
            #expect(try await platform.nsml("dataset", "board", "toy", "--json").decoded(as: Board.self).entries.isEmpty)
        }
    }

    @Test("code that is scored finds neither labels nor a way out")
    func attack() async throws {
        try await withPlatform { platform in
            try await platform.nsml("dataset", "push", "toy", try platform.folder(Toy.dataset).path)
            let session = try await platform.session(Toy.code, options: ["-d", "toy", "--wait"], arguments: ["--fault", "attack"])
            #expect(try await platform.nsml("submit", session, "1").output.hasPrefix("Score: "))
            let log = try await platform.nsml("submit", "--log", "1").output
            #expect(log.contains("attack: nothing found"), "\(log)")
            #expect(try await platform.nsml("model", "ls", session, "-q").lines == ["0", "1"])

            // Another user may train on the dataset, and see all of it but the hidden part.
            let token = try await platform.nsml("user", "add", "bob", "--json").decoded(as: IssuedToken.self)
            let bob = Program(home: platform.directory, variables: ["NSML_URL": platform.url, "NSML_TOKEN": token.secret])
            let files = try await bob.run(["dataset", "fs", "toy", "--all"])
            #expect(files.output.contains("data_loader.py") && !files.output.contains(" test/"))
            let copy = platform.directory.appending(path: "copy")
            #expect(try await bob.run(["dataset", "pull", "toy", copy.path]).status == 0)
            #expect(!FileManager.default.fileExists(atPath: copy.appending(path: "test").path))
            #expect(try await bob.run(["submit", "\(session)/1"]).status == 3)
            #expect(try await bob.run(["submit", "--log", "1"]).status == 4)
            #expect(try await bob.run(["submit", "--status", "1"]).status == 4)
        }
    }
}

/// A dataset whose labels are ten times its data, and code that learns to multiply by ten.
enum Toy {
    static let dataset = [
        "train/train_data": "1\n", "test/test_data": "1\n2\n3\n4\n", "test/test_label": "10\n20\n30\n40\n",
        "test_submit/test_data": "1\n2\n", "test_submit/test_label": "10\n20\n",
        "data_loader.py": """
        import os

        def test_data_loader(root_path):
            with open(os.path.join(root_path, "test", "test_data")) as file:
                return file.read().splitlines()
        """,
        "evaluation.py": """
        import argparse

        parser = argparse.ArgumentParser()
        parser.add_argument("--prediction")
        parser.add_argument("--test_label_path")
        paths = parser.parse_args()
        pairs = list(zip(open(paths.prediction).read().split(), open(paths.test_label_path).read().split()))
        print(sum(float(a) == float(b) for a, b in pairs) / len(pairs))
        """,
    ]

    static let code = #"""
        import argparse, glob, os, socket, nsml
        parser = argparse.ArgumentParser()
        parser.add_argument("--mode", default="train")
        parser.add_argument("--pause", type=int, default=0)
        parser.add_argument("--fault", default="")
        config = parser.parse_args()
        state = {"good": 0}
        def save(directory):
            open(os.path.join(directory, "good"), "w").write(str(state["good"]))
        def load(directory):
            if config.fault == "load":
                raise KeyError("secret")
            state["good"] = int(open(os.path.join(directory, "good")).read())
        def infer(data):
            print("secret of the test", data)
            if config.fault == "infer":
                raise ValueError("secret %s" % data)
            if config.fault == "count":
                return [1]
            if config.fault == "text":
                return ["secret"] * len(data)
            if config.fault == "attack":
                attack()
            good = len(data) if state["good"] else len(data) // 2
            return [(0.9, int(x) * (10 if place < good else 0)) for place, x in enumerate(data)]
        def main():
            nsml.bind(save=save, load=load, infer=infer)
            if config.fault == "start" and config.pause:
                1 / 0
            if config.pause and config.fault != "forget":
                nsml.paused(scope=locals())
            if config.mode == "train":
                for good in range(2):
                    state["good"] = good
                    nsml.save(good)
        def attack():
            found = []
            for top in ("/data", "/nsml", "/app", "/tmp", "/run", "/var", "/home", "/etc", "/dev"):
                for folder, _, names in os.walk(top):
                    for name in names:
                        if "label" in name:
                            found.append(os.path.join(folder, name))
                        elif top in ("/data", "/nsml", "/tmp", "/run"):
                            try:
                                if b"10\n20\n30\n40" in open(os.path.join(folder, name), "rb").read(1 << 20):
                                    found.append(os.path.join(folder, name))
                            except OSError:
                                pass
            for process in glob.glob("/proc/[0-9]*"):
                try:
                    for part in ("cmdline", "environ", "mountinfo"):
                        text = open(os.path.join(process, part), "rb").read()
                        found += [process + part] if b"test_label" in text or b"evaluation.py --" in text else []
                except OSError:
                    pass
            if glob.glob("/data/*/train") or any("token" in name.lower() for name in os.environ):
                found.append("training data, or a token")
            for address in (("127.0.0.1", 7777), ("10.0.0.1", 80), ("1.1.1.1", 53)):
                try:
                    socket.create_connection(address, 0.2)
                    found.append("network %s" % (address,))
                except OSError:
                    pass
            try:
                os.kill(os.getppid(), 0)
                open("/data/toy/evaluation.py", "a")
                found.append("the evaluation can be changed")
            except OSError:
                pass
            nsml.report(summary=True, step=1, leak=1.0)
            nsml.save("leak")
            open("leak.txt", "w").write("leak")
            print("attack:", found or "nothing found")
        main()
        """#
}
