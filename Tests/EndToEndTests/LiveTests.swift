import API
import Foundation
import TestSupport
import Testing

/// A training that goes on until somebody says from where it is to end.
private let training = """
    import random, time, nsml

    random.seed(3)
    weight, velocity, lr, momentum, step, total = 1.0, 0.0, 0.1, 0.5, 0, 100_000

    def halve(times=1):
        \"\"\"Halves the learning rate.\"\"\"
        global lr
        lr /= 2 ** int(times)
        return lr

    nsml.action("halve", halve)
    while step < total:
        velocity = momentum * velocity - lr * (weight - random.random())
        weight += velocity
        nsml.report(step=step, weight=weight)
        step += 1
        time.sleep(0.005)
    """

@Suite("Questions to running sessions, from outside") struct LiveVerbTests {
    @Test("exec, set and do ask and change the living code, whatever is asked; reproduce makes the changes again, bit for bit")
    func live() async throws {
        try await withPlatform { platform in
            let name = try await platform.session(training)
            try await eventually("the training has begun") {
                try await platform.program.run(["exec", name, "step > 3"]).output == "True\n"
            }
            #expect(try await platform.nsml("exec", name, "lr").output == "0.1\n")
            #expect(try await platform.nsml("exec", name, "print('hello'); momentum").output.hasPrefix("hello\n"))
            #expect(try await platform.nsml("exec", name, "--now", "step", "+", "0").lines.first.flatMap { Int($0) } != nil)
            #expect(try await platform.nsml("exec", name, "-", input: "import math\nmath.pi").output.hasPrefix("3.14159"))

            let stack = try await platform.nsml("stack", name).output
            #expect(stack.contains("main.py") && stack.contains("MainThread"), "\(stack)")

            let shell = try await platform.nsml("sh", name, "sh", "-c", "echo $NSML_SESSION; cat; exit 3", input: "typed", status: 3)
            #expect(shell.output == "\(name)\ntyped")
            #expect(try await platform.nsml("sh", name, input: "ls main.py\n").output == "main.py\n")

            let wrong = try await platform.nsml("exec", name, "1/0", status: 1)
            #expect((wrong.output + wrong.errors).contains("ZeroDivisionError"))
            try await platform.nsml("exec", name, "exit()", status: 1)
            let endless = try await platform.nsml("exec", name, "--timeout", "1", "while True: pass", status: 8)
            #expect(endless.errors.contains("took too long"), "\(endless.errors)")

            #expect(try await platform.nsml("set", name, "lr=0.05", "momentum*=1.5").output == "lr: 0.1 -> 0.05\nmomentum: 0.5 -> 0.75\n")
            #expect(try await platform.nsml("do", name).output.contains("halve"))
            #expect(try await platform.nsml("do", name, "halve", "times=2").output.contains("0.0125"))
            try await platform.nsml("exec", name, "velocity = 0.0")
            try await platform.nsml("do", name, "no-such", status: 1)
            try await platform.nsml("set", name, "lr", status: 2)
            try await platform.nsml("set", name, "total=step + 20")
            try await platform.nsml("wait", name, "--timeout", "60")

            let events = try await platform.nsml("events", name).output
            for text in ["lr: 0.1 -> 0.05 at step", "momentum: 0.5 -> 0.75 at step", "velocity: ", "a shell was opened: sh -c"] {
                #expect(events.contains(text), "\(events)")
            }
            try await platform.nsml("exec", name, "lr", status: 5)
            try await platform.nsml("sh", name, "ls", status: 5)

            let again = try await platform.nsml("reproduce", name, "--wait")
            #expect(again.output.contains("bit for bit"), "\(again.output)\(again.errors)")
        }
    }
}

@Suite("Questions to code that never imports the library") struct ReachedTests {
    private static let code = """
        secret = 42
        print("begun", flush=True)
        while secret != 45:
            sum(range(1000))
        """
    /// The directory in which a `python3.14` lies.
    private static let directory = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init).first {
        FileManager.default.isExecutableFile(atPath: "\($0)/python3.14")
    }

    @Test(
        "exec, set, completion and stack work on CPython 3.14",
        .enabled(if: directory != nil, "no python3.14 on the search path: it alone lets itself be reached"))
    func reached() async throws {
        let found = try #require(Self.directory)
        try await withTemporaryDirectory { folder in
            // The first python3 on the search path is what sessions run.
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: "python3").path, withDestinationPath: "\(found)/python3.14")
            let path = "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
            try await withPlatform(variables: ["PATH": path]) { platform in
                let name = try await platform.session(Self.code)
                let first = try await platform.program.run(["exec", name, "secret"])
                // Where the kernel forbids it, that is said.
                if first.status != 0 {
                    #expect(first.errors.contains("ptrace_scope") || first.errors.contains("not permitted"), "\(first.errors)")
                    return
                }
                #expect(first.output == "42\n")
                #expect(try await platform.nsml("exec", name, "--now", "secret + 1").output == "43\n")
                #expect(try await platform.nsml("set", name, "secret=44").output == "secret: 42 -> 44\n")
                #expect(try await platform.nsml("stack", name).output.contains("main.py"))
                try await platform.nsml("exec", name, "secret = 45")
                try await platform.nsml("wait", name, "--timeout", "60")
            }
        }
    }
}
