import API
import Foundation

/// Why a process ended, as a sentence for a person: a pure function of what is known.
struct ExitReason: Sendable {
    var exit: ProcessExit
    var memoryLimitBytes: Int64
    var network: Bool
    /// The step of the last report.
    var step: Int64?
    /// The end of what it printed.
    var outputTail: String

    /// nil when there is nothing to explain: it ended well.
    var sentence: String? {
        if exit.outOfMemory { return outOfMemory }
        if let signal = exit.signal { return bySignal(signal) }
        guard let code = exit.exitCode, code != 0 else { return nil }
        let lines = outputTail.split(whereSeparator: \.isNewline).map(String.init)
        guard let error = Self.errorLine(in: lines) else {
            return ["exited with code \(code)", networkHint].compactMap { $0 }.joined(separator: "; ")
        }
        let hint = Self.hint(for: error) ?? networkHint
        return ["exited with code \(code): \(error.prefix(300))", hint].compactMap { $0 }.joined(separator: "; ")
    }

    private var outOfMemory: String {
        let limit = Self.bytes(memoryLimitBytes, unitOf: memoryLimitBytes)
        let used = exit.memoryPeakBytes.map { "\(Self.number($0, unitOf: memoryLimitBytes)) of \(limit)" } ?? "the limit is \(limit)"
        return "killed: out of memory, \(used)\(step.map { ", at step \($0)" } ?? "")"
    }

    private func bySignal(_ signal: Int) -> String {
        let name = Self.signals[signal].map { " (\($0))" } ?? ""
        let hint: String? =
            switch signal {
            case 7: "the shared memory may be full: run with a larger --shm-size"
            case 11: "native code crashed: faulthandler.enable() at the top of the script shows where"
            default: nil
            }
        return ["killed by signal \(signal)\(name)", hint].compactMap { $0 }.joined(separator: "; ")
    }

    private var networkHint: String? {
        guard !network, Self.networkWords.contains(where: outputTail.contains) else { return nil }
        return "the session has no network: run with --network"
    }

    /// The line that says what went wrong: the last exception, or what a program says of its arguments.
    static func errorLine(in lines: [String]) -> String? {
        for line in lines.reversed() {
            let first = line.first
            guard first?.isLetter == true || first == "_" || first == "/" else { continue }
            if isException(line) || line.contains(": error: ") || line.contains(": can't open file ") { return line }
        }
        return nil
    }

    /// `ValueError: text`, `torch.cuda.OutOfMemoryError: text`, `KeyboardInterrupt`.
    private static func isException(_ line: String) -> Bool {
        let name = line.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        guard name.count == line.count || line.dropFirst(name.count).hasPrefix(":") else { return false }
        let last = name.split(separator: ".").last ?? ""
        return ["Error", "Exception", "Interrupt", "Exit", "Iteration", "Warning", "Failure", "Timeout"].contains(where: last.hasSuffix)
    }

    static func hint(for error: String) -> String? {
        if error.hasPrefix("ModuleNotFoundError: No module named '") {
            let module = error.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)[1]
            return "add the line \(PackageNames.package(forModule: module)) to requirements.txt"
        }
        if error.hasPrefix("ImportError: libGL.so") { return "use opencv-python-headless in requirements.txt in place of opencv-python" }
        if error.contains("CUDA out of memory") || error.contains("OutOfMemoryError") {
            return "the GPU's memory is too small: use smaller batches"
        }
        return nil
    }

    private static let networkWords = [
        "Temporary failure in name resolution", "Name or service not known", "Network is unreachable", "getaddrinfo failed",
        "Failed to establish a new connection", "nodename nor servname", "NameResolutionError",
    ]

    private static let signals = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV",
        13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 31: "SIGSYS",
    ]

    private static func unit(_ bytes: Int64) -> (name: String, size: Double) { bytes >= 1_000_000_000 ? ("GB", 1e9) : ("MB", 1e6) }

    private static func number(_ bytes: Int64, unitOf reference: Int64) -> String {
        let text = String(format: "%.1f", Double(bytes) / unit(reference).size)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func bytes(_ bytes: Int64, unitOf reference: Int64) -> String {
        "\(number(bytes, unitOf: reference)) \(unit(reference).name)"
    }
}
