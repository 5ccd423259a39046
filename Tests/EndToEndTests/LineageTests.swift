import API
import Foundation
import Testing

/// Code that goes on from a checkpoint and takes none of the platform's arguments: `bind` alone is enough.
private let plainCode = """
    import argparse, os, random, nsml

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=3)
    config = parser.parse_args()
    random.seed(7)
    state = {"weight": 0.0}

    def save(directory):
        with open(os.path.join(directory, "weight"), "w") as file:
            file.write(repr(state["weight"]))

    def load(directory):
        with open(os.path.join(directory, "weight")) as file:
            state["weight"] = float(file.read())

    nsml.bind(save=save, load=load, infer=lambda data: "weight %r" % state["weight"])
    print("begins with", state["weight"], flush=True)
    for epoch in range(config.epochs):
        state["weight"] += config.lr * random.random() + len({"a", "b", "c"}) + hash("x") % 7
        nsml.report(summary=True, step=epoch, train__weight=state["weight"])
        nsml.save(epoch)
    """

@Suite("Sessions that are made from others, from outside") struct LineageVerbTests {
    @Test("fork takes code, arguments and weights, also of a script without any of the platform's arguments; inspect has the family")
    func fork() async throws {
        try await withPlatform { platform in
            let first = try await platform.session(plainCode, options: ["--wait"], arguments: ["--lr", "0.5"])
            try await eventually("all checkpoints are stored") { try await platform.nsml("model", "ls", "-q", first).lines.count == 3 }
            let fork = try await platform.nsml("fork", "\(first)/1", "--wait", "-a", "--epochs 1", "-q").lines[0]
            #expect(try await platform.nsml("logs", fork).output.hasPrefix("begins with "))
            #expect(try await platform.nsml("logs", fork).output != "begins with 0.0\n")
            let record = try await platform.nsml("inspect", fork, "--json").decoded(as: SessionRecord.self)
            #expect(record.type == .fork && record.parent?.description == "\(first)/1" && record.arguments == ["--epochs", "1"])
            #expect(record.addedArguments == nil)

            let said = try await platform.nsml("fork", first, "--wait", "--", "--epochs", "2")
            #expect(said.errors.contains("from \(first)/2\n  python main.py --epochs 2    (before: --lr 0.5)"), "\(said.errors)")
            let tree = try await platform.nsml("inspect", first).output
            #expect(tree.contains("├─ 1: \(fork)  finished") && tree.contains("└─ 2: "), "\(tree)")
            let line = try await platform.nsml("command", fork).output
            #expect(line.hasPrefix("nsml fork \(first) 1 ") && line.hasSuffix("-a \"--epochs 1\"\n"), "\(line)")

            try await platform.nsml("rm", first)
            let orphan = try await platform.nsml("fork", fork, "--no-checkpoint", "--wait", "-a", "", "-q").lines[0]
            #expect(try await platform.nsml("logs", orphan).output == "begins with 0.0\n")
            #expect(try await platform.nsml("inspect", orphan).output.contains("\(first)  (removed, or private)"))
            try await platform.nsml("fork", first, status: 4)
            try await platform.nsml("fork", fork, "no-such", status: 4)
            try await platform.nsml("fork", fork, "0", "extra", status: 2)
        }
    }

    @Test("diff shows what differs, and only that; reproduce gives the same numbers, bit for bit")
    func reproduce() async throws {
        try await withPlatform { platform in
            let first = try await platform.session(plainCode, options: ["--wait"], arguments: ["--lr", "0.5"])
            let again = try await platform.nsml("reproduce", first, "--wait")
            #expect(again.output.contains("equal to \(first), bit for bit: 3 values of 1 metric"), "\(again.output)\(again.errors)")
            let name = try #require(again.lines.first?.split(separator: " ").dropFirst().first).description
            try await eventually("the verdict is an event") { try await platform.nsml("events", name).output.contains("bit for bit") }
            #expect(try await platform.nsml("diff", first, name, "--exit-code").output.hasPrefix("the same code"))

            let other = try await platform.session(plainCode.replacing("random.seed(7)", with: "random.seed(8)"), options: ["--wait"])
            let diff = try await platform.nsml("diff", first, other, "--exit-code", status: 1).output
            #expect(diff.contains("-random.seed(7)\n+random.seed(8)\n") && diff.contains("arguments:\n---lr 0.5\n"), "\(diff)")
            #expect(try await platform.nsml("diff", first, other, "--stat").output.hasPrefix("main.py  +1 -1\n"))
            try await platform.nsml("reproduce", "\(first)9", status: 4)
        }
    }
}
