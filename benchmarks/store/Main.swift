import Foundation
import Glibc

/// Measures the store: `store-benchmark [DIRECTORY]` prints a table; the directory says which disk.
///
/// `store-benchmark crash-writer DIRECTORY` is the victim of the crash tests.
@main
struct StoreBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "crash-writer", let directory = arguments.dropFirst().first {
            return try await CrashWriter(directory: URL(filePath: directory)).run()
        }
        let parent = arguments.first.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let directory = parent.appending(path: "nsml-store-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            // What cannot be removed is only waste; the figures stand.
            try? FileManager.default.removeItem(at: directory)
        }
        let table = Table()
        table.row("", "elapsed", "processors")
        try await measureCodec(table)
        try await measureIngest(in: directory, table)
        try await measureReading(in: directory, table)
        try await measureLists(in: directory, table)
        try await measureContent(in: directory, table)
    }
}

/// How long something took, and how much of that the processors worked for this process: on a busy machine the first says little.
struct Cost {
    var elapsed: Duration
    var processor: Duration

    static func measure(_ body: () async throws -> Void) async rethrows -> Cost {
        let before = processorTime()
        let elapsed = try await ContinuousClock().measure { try await body() }
        return Cost(elapsed: elapsed, processor: processorTime() - before)
    }

    /// The middle of several measurements.
    static func median(of runs: Int, _ body: () async throws -> Void) async rethrows -> Cost {
        var costs: [Cost] = []
        for _ in 0..<runs { costs.append(try await measure(body)) }
        return Cost(elapsed: costs.map(\.elapsed).sorted()[runs / 2], processor: costs.map(\.processor).sorted()[runs / 2])
    }

    private static func processorTime() -> Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let times = [usage.ru_utime, usage.ru_stime]
        return .seconds(times.reduce(0) { $0 + $1.tv_sec }) + .microseconds(times.reduce(0) { $0 + $1.tv_usec })
    }
}

/// Prints rows as they come, in columns: what, how long or how fast, the same by processor time, a note.
struct Table {
    func row(_ what: String, _ figure: String, _ processor: String = "", _ note: String = "") {
        func right(_ text: String) -> String { String(repeating: " ", count: max(0, 18 - text.count)) + text }
        print("\(what.padding(toLength: max(56, what.count), withPad: " ", startingAt: 0))\(right(figure))\(right(processor))  \(note)")
    }

    func time(_ what: String, _ cost: Cost, _ note: String = "") {
        func milliseconds(_ duration: Duration) -> String { String(format: "%.2f ms", duration / .milliseconds(1)) }
        row(what, milliseconds(cost.elapsed), milliseconds(cost.processor), note)
    }

    func rate(_ what: String, _ count: Int, _ unit: String, _ cost: Cost, _ note: String = "") {
        func rate(_ duration: Duration) -> String { String(format: "%.0f \(unit)/s", Double(count) / (duration / .seconds(1))) }
        row(what, rate(cost.elapsed), rate(cost.processor), note)
    }
}

func directory(_ name: String, in parent: URL) throws -> URL {
    let directory = parent.appending(path: name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
}

func fileBytes(_ url: URL) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
}
