import Foundation

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
        var table = Table()
        try await measureCodec(&table)
        try await measureIngest(in: directory, &table)
        try await measureReading(in: directory, &table)
        try await measureLists(in: directory, &table)
        try await measureContent(in: directory, &table)
    }
}

/// Prints rows as they come, in columns.
struct Table {
    func row(_ what: String, _ figure: String, _ note: String = "") {
        let padded = what.padding(toLength: max(62, what.count), withPad: " ", startingAt: 0)
        print("\(padded)  \(String(repeating: " ", count: max(0, 16 - figure.count)))\(figure)  \(note)")
    }
}

func directory(_ name: String, in parent: URL) throws -> URL {
    let directory = parent.appending(path: name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

func milliseconds(_ duration: Duration) -> String { String(format: "%.2f ms", seconds(duration) * 1_000) }

func rate(_ count: Int, _ duration: Duration, _ unit: String) -> String {
    String(format: "%.0f %@/s", Double(count) / seconds(duration), unit)
}

/// The middle of several measurements.
func median(of runs: Int, _ body: () async throws -> Void) async throws -> Duration {
    let clock = ContinuousClock()
    var durations: [Duration] = []
    for _ in 0..<runs { durations.append(try await clock.measure { try await body() }) }
    return durations.sorted()[runs / 2]
}

func fileBytes(_ url: URL) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
}
