import API
import Content
import Glibc

/// Has a process that never imported the library open its control socket, and do what waits for a safe point: `python/nsml/reaching.py`,
/// for sessions with CPython 3.14 or newer.
///
/// That program runs beside the process as a shell of `nsml sh` does: with the session's own Python, in its sandbox, with no more rights
/// than it has. So nothing is gained by fooling it, and what it says is text.
struct Reaching: Sendable {
    enum Outcome: Sendable, Equatable {
        case reached
        /// Why not; it may be another time.
        case late(String)
        /// Why it never will be.
        case impossible(String)
    }

    /// For the start of a Python on a busy machine.
    private static let startLimit = Duration.seconds(20)
    private static let maximumWordCharacters = 300

    let process: SessionProcess

    /// - Parameter seconds: how long the process may take until it comes back to Python.
    func reach(seconds: Int) async -> Outcome {
        guard let launch = DurableFile.read(LaunchRecord.self, from: process.files.launch), launch.epoch == process.plan.epoch,
            let main = process.mainProcessId
        else { return .late("its process is not there") }
        guard let joining = Self.program(plan: process.plan, files: process.files, launch: launch, main: main, seconds: seconds) else {
            return .impossible("it is not known which Python it runs")
        }
        do {
            let (status, text) = try await onOwnThread { try Self.run(joining, limit: .seconds(seconds) + Self.startLimit) }
            return Self.outcome(status: status, text: text)
        } catch {
            return .impossible("\(error)")
        }
    }

    /// The program, but for the pipe that it prints to; nil when the session's Python is not to be seen in how it was started.
    static func program(plan: SessionPlan, files: SessionFiles, launch: LaunchRecord, main: Int32, seconds: Int) -> Joining? {
        let words = launch.arguments
        guard let place = words.indices.dropFirst().dropLast().first(where: { words[$0] == "-u" && words[$0 + 1] == plan.entry }) else {
            return nil
        }
        let isWalled = plan.sandbox == .bubblewrap
        guard let number = isWalled ? ProcessTable.namespaceIds(of: main).last : main else { return nil }
        let library = isWalled ? SessionPaths.sandboxLibrary : plan.libraryDirectory
        let share = isWalled ? SessionPaths.sandboxShare : files.share
        return Joining(
            arguments: [words[place - 1], "-I", "-S", "-B", "\(library)/nsml/reaching.py", "\(number)", "\(seconds)", share],
            environment: launch.environment, directory: "/", input: -1, output: -1, errors: -1, isTerminal: false,
            groupFiles: launch.groups?.joinFiles ?? [], process: isWalled ? main : nil, userId: plan.userId, mask: launch.mask)
    }

    /// As `reaching.py` describes its exit statuses.
    static func outcome(status: Int32, text: [UInt8]) -> Outcome {
        let line = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? "it ended with status \(status)"
        let word = String(
            line.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint && $0.value >= 0x20 && $0.value != 0x7F }.map(
                Character.init
            ).prefix(maximumWordCharacters))
        return switch status {
        case 0: .reached
        case 1: .late(word)
        default: .impossible(word)
        }
    }

    /// Blocks.
    private static func run(_ program: Joining, limit: Duration) throws -> (status: Int32, text: [UInt8]) {
        var ends: [Int32] = [-1, -1]
        try SystemError.check("make a pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let started: Joining.Started
        do {
            defer { close(ends[1]) }
            let nothing = try SystemError.check("open /dev/null") { open("/dev/null", O_RDONLY | O_CLOEXEC) }
            defer { close(nothing) }
            var joining = program
            (joining.input, joining.output, joining.errors) = (nothing, ends[1], ends[1])
            started = try joining.start()
        }
        let (text, isWhole) = Tool.read(ends[0], limit: limit)
        if !isWhole {
            kill(-started.program, SIGKILL)
            kill(started.waiter, SIGKILL)
        }
        return (Tool.wait(for: started.waiter), text)
    }
}
