import API
import Foundation
import TestSupport
import Testing

/// One run of the program: its exit status and what it wrote.
struct Invocation: Sendable {
    var arguments: [String]
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// The output as a record of the API.
    func decoded<Record: Decodable>(as type: Record.Type = Record.self) throws -> Record {
        try Wire.decoder().decode(Record.self, from: Data(output.utf8))
    }
}

/// The built program, as somebody would call it who has nothing but the directory given here.
struct Program: Sendable {
    /// Beside the bundle of tests.
    static let path: URL = {
        // Linked from /proc, so always there on the systems that tests run on.
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "nsml")
    }()

    /// Holds the configuration, the cache and the home of the one who calls.
    var home: URL
    var variables: [String: String] = [:]

    private var environment: [String: String] {
        let own = [
            "HOME": home.path, "XDG_CONFIG_HOME": home.appending(path: "config").path, "XDG_CACHE_HOME": home.appending(path: "cache").path,
            "XDG_DATA_HOME": home.appending(path: "share").path, "LANG": "C.UTF-8",
            // Tests run many at a time: who completes here waits as long as it takes.
            "NSML_COMPLETION_SECONDS": "60",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        ]
        return own.merging(variables) { $1 }
    }

    /// Runs the program to its end. `interrupt` sends it Ctrl-C as soon as its output has that text.
    func run(_ arguments: [String], input: [UInt8] = [], in directory: URL? = nil, interruptAfter text: String? = nil) async throws
        -> Invocation
    {
        let folder = home.appending(path: "run-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            // Only this run's own streams.
            try? FileManager.default.removeItem(at: folder)
        }
        let (inputFile, output, errors) = (folder.appending(path: "in"), folder.appending(path: "out"), folder.appending(path: "err"))
        try Data(input).write(to: inputFile)
        for file in [output, errors] { try Data().write(to: file) }
        let process = try ChildProcess(
            [Self.path.path] + arguments, environment: environment, directory: (directory ?? home).path, input: .file(inputFile.path),
            output: .file(output.path), errors: .file(errors.path))
        if let text {
            try await eventually("'\(text)' in the output of \(arguments)") {
                try String(contentsOf: output, encoding: .utf8).contains(text) || !process.isRunning
            }
            process.send(SIGINT)
        }
        let status = await process.exitStatus()
        return Invocation(
            arguments: arguments, status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}

/// Looks again and again until `condition` holds, for what tells nobody when it happens; gives up after a minute.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(60)
    while try await !condition() {
        try #require(clock.now < end, "never: \(what)")
        try await Task.sleep(for: .milliseconds(10))
    }
}
