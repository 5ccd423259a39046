import API
import Foundation
import TestSupport
import Testing

/// A platform of its own on a port of its own, and the one who started it.
struct TestPlatform: Sendable {
    let directory: URL
    let url: String
    let program: Program
    /// Where the platform keeps everything.
    let data: String

    /// Runs the program as the administrator. Expects the exit status `status`, and shows what was said if it is another.
    @discardableResult
    func nsml(
        _ arguments: String..., input: String = "", in folder: URL? = nil, status: Int32 = 0, interruptAfter text: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Invocation {
        let result = try await program.run(arguments, input: Array(input.utf8), in: folder, interruptAfter: text)
        #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)", sourceLocation: location)
        return result
    }

    /// A directory with these files.
    func folder(_ files: [String: String]) throws -> URL {
        let folder = directory.appending(path: "files-\(UUID().uuidString.prefix(8))")
        for (path, text) in files {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return folder
    }

    /// Runs Python code as a session and returns the session's name.
    func session(_ code: String, options: [String] = [], arguments: [String] = []) async throws -> String {
        let folder = try folder(["main.py": code])
        let words = ["run", "-q", "-g", "0", "-c", "1", "--memory", "256M"] + options + ["main.py", "--"] + arguments
        let result = try await program.run(words, in: folder)
        try #require(result.status == 0, "\(result.errors)")
        return try #require(result.lines.last)
    }
}

/// Starts a platform, and ends it and all that runs on it afterwards.
///
/// - Parameter data: where it keeps everything, if not in a directory of its own.
func withPlatform(
    _ options: [String] = [], data: URL? = nil, variables: [String: String] = [:], _ body: (TestPlatform) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        let program = Program(home: directory, variables: variables)
        let data = (data ?? directory.appending(path: "data")).path
        let up = try await program.run(["up", "--data", data, "--listen", "127.0.0.1:0", "--json"] + options)
        try #require(up.status == 0, "\(up.errors)")
        struct Server: Decodable {
            var url: String
        }
        let platform = TestPlatform(directory: directory, url: try up.decoded(as: Server.self).url, program: program, data: data)
        var failure: (any Error)?
        do { try await body(platform) } catch { failure = error }
        // The platform may be down or half gone, and the test's own outcome is what counts.
        let left = try? await program.run(["ps", "-a", "-q", "--everyone"])
        for session in left?.lines ?? [] { _ = try? await program.run(["rm", "-f", session]) }
        _ = try? await program.run(["down", "--data", data])
        if let failure { throw failure }
    }
}

/// Code that tests run.
enum Code {
    static let hello = """
        import sys
        print("hello", *sys.argv[1:])
        """

    /// Runs until it is stopped.
    static let endless = """
        import time
        print("begun", flush=True)
        while True:
            time.sleep(0.1)
        """

    /// Reports, saves and answers, as NSML's users write it.
    static let model = """
        import argparse, os, nsml

        parser = argparse.ArgumentParser()
        parser.add_argument("--mode", default="train")
        parser.add_argument("--pause", type=int, default=0)
        parser.add_argument("--iteration", default="0")
        parser.add_argument("--epochs", type=int, default=3)
        config = parser.parse_args()
        state = {"epoch": -1}

        def save(directory, **_):
            with open(os.path.join(directory, "weights"), "w") as file:
                file.write(str(state["epoch"]))

        def load(directory, **_):
            with open(os.path.join(directory, "weights")) as file:
                state["epoch"] = int(file.read())

        def infer(data, **_):
            return f"epoch {state['epoch']} heard {data}"

        nsml.bind(save=save, load=load, infer=infer)
        if config.pause:
            nsml.paused(scope=locals())
        if config.mode == "train":
            os.makedirs("out", exist_ok=True)
            for epoch in range(config.epochs):
                state["epoch"] = epoch
                nsml.report(summary=True, step=epoch, train__loss=1 / (epoch + 1), scope=locals())
                nsml.save(epoch)
            with open("out/result.txt", "w") as file:
                file.write("done")
        """
}
