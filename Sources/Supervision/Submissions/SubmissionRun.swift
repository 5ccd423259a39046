import API
import Content
import Foundation
import Glibc
import Logging
import Synchronization

/// A session that scores a checkpoint, beside what every session has: its stages and time limits while the author's code
/// predicts, then the evaluation, and what may be told of it all.
final class SubmissionRun: Sendable {
    private struct State {
        var stage = SubmissionStage.start
        var loadSeconds: Double?
        var inferSeconds: Double?
        /// When the author's code was ready for the test data.
        var readyAt: ContinuousClock.Instant?
    }

    private let plan: SessionPlan
    private let submission: SessionPlan.Submission
    private let files: SessionFiles
    private let share: OpenDirectory
    private let watcher: FileWatcher
    private let reporter: ProgressReporter
    private let evaluation: Evaluation
    private let output: OutputNotes
    private let process: SessionProcess
    private let log: Logger
    private let state = Mutex(State())

    /// nil for a session that scores nothing.
    init?(
        plan: SessionPlan, files: SessionFiles, settings: Supervisor.Settings, share: OpenDirectory, staging: OpenDirectory,
        watcher: FileWatcher, reporter: ProgressReporter, output: OutputNotes, process: SessionProcess, log: Logger
    ) {
        guard let submission = plan.submission else { return nil }
        self.plan = plan
        self.submission = submission
        self.files = files
        self.share = share
        self.watcher = watcher
        self.reporter = reporter
        self.output = output
        self.process = process
        self.log = log
        evaluation = Evaluation(
            plan: plan, submission: submission, files: files, settings: settings, share: share, staging: staging, output: output, log: log)
    }

    /// Whether nothing that the session prints, reports or makes may reach its author.
    var isHidden: Bool { !submission.isTest }

    /// Follows the stages, and tells the server of them. Runs until cancelled.
    func watch() async throws {
        for await _ in watcher.changes(of: Share.submission) {
            let notes = readNotes()
            let report = state.withLock { state -> SubmissionReport? in
                guard notes.stage != state.stage || (notes.isDone && state.inferSeconds == nil) else { return nil }
                let now = ContinuousClock.now
                if notes.stage == .data || notes.stage == .infer, state.readyAt == nil {
                    state.readyAt = now
                    state.loadSeconds = process.runningTime.map(Self.seconds)
                }
                if notes.isDone { state.inferSeconds = state.readyAt.map { Self.seconds(now - $0) } }
                state.stage = notes.stage
                return Self.report(state)
            }
            if let report { reporter.add(.running, submission: report) }
        }
        try Task.checkCancellation()
    }

    /// Why the author's code has had its time; nil while it has not.
    var overdue: String? {
        let readyAt = state.withLock { $0.readyAt }
        if let readyAt {
            guard ContinuousClock.now - readyAt > .seconds(submission.inferLimitSeconds) else { return nil }
            return "the predictions were not ready within \(Self.number(submission.inferLimitSeconds)) s"
        }
        guard let running = process.runningTime, running > .seconds(submission.startLimitSeconds) else { return nil }
        return readNotes().stage == .start
            ? "nsml.paused() was not reached within \(Self.number(submission.startLimitSeconds)) s"
            : "the checkpoint was not loaded within \(Self.number(submission.startLimitSeconds)) s"
    }

    // MARK: The end

    /// What becomes of the session once the author's code has ended as `end` says: the evaluation runs, unless there is nothing to
    /// evaluate. `stopRequested` calls it off.
    func conclude(_ end: SessionEnd, stop: ShippedRecord.Stop?, unless stopRequested: Occurrence) async -> SessionEnd {
        if end.isPlatformFault || end.state == .stopped { return hidden(end) }
        if let why = failure(of: end, stop: stop) { return fail(end, why) }
        reporter.add(.running, submission: state.withLock { Self.report($0, stage: .evaluate) })
        do {
            let evaluation = evaluation
            guard let outcome = try await stopRequested.unlessItHappens({ try await evaluation.run() }) else {
                return SessionEnd(state: .stopped)
            }
            switch outcome {
            case .failed(let why): return fail(end, "evaluate: \(why)", stage: .evaluate)
            case .score(let score):
                var concluded = hidden(end)
                concluded.submission = state.withLock { Self.report($0, stage: .evaluate) }
                concluded.submission?.score = score
                return concluded
            }
        } catch {
            log.error("the evaluation could not be run", metadata: ["error": "\(error)"])
            output.say("nsml: the evaluation could not be run: \(error)")
            return SessionEnd(state: .failed, reason: "the evaluation could not be run", isPlatformFault: true)
        }
    }

    private func fail(_ end: SessionEnd, _ why: String, stage: SubmissionStage? = nil) -> SessionEnd {
        var failed = hidden(end)
        failed.state = .failed
        failed.reason = why
        failed.submission = state.withLock { Self.report($0, stage: stage) }
        failed.submission?.failure = why
        return failed
    }

    /// Without what the author's code chose: its exit status, and words from its output.
    private func hidden(_ end: SessionEnd) -> SessionEnd {
        guard isHidden else { return end }
        var hidden = end
        hidden.exit = nil
        return hidden
    }

    // MARK: Words for the author

    /// Why there are no predictions; nil when there are.
    private func failure(of end: SessionEnd, stop: ShippedRecord.Stop?) -> String? {
        let notes = readNotes()
        let stage = notes.stage.rawValue
        // Of the environment, before the author's code ran.
        guard let exit = end.exit else { return "start: \(end.reason ?? "the session did not start")" }
        if let reason = stop?.reason { return "\(stage): \(reason)" }
        let why = spent(exit)
        if exit.outOfMemory {
            let limit = "\(plan.resources.memoryBytes / 1_000_000) MB"
            return "\(stage): killed for want of memory, the limit is \(limit); 'nsml submit --memory SIZE' gives more"
        }
        if let signal = exit.signal { return "\(stage): killed by signal \(signal)\(why)" }
        if let fault = notes.fault { return "\(stage): \(fault.sentence)\(why)" }
        if exit.exitCode != 0 {
            return "\(stage): \(error() ?? "the code ended with an error")\(why); 'nsml submit -t' shows what it prints"
        }
        guard notes.isDone else {
            return notes.stage == .start
                ? "start: the code ended without reaching nsml.paused(): call nsml.bind and nsml.paused() before anything that reads data"
                : "\(stage): the code ended before the predictions were written\(why)"
        }
        guard share.holds(Share.prediction) else { return "\(stage): no predictions were written\(why)" }
        return nil
    }

    /// ` (after 2.1 s, 81 MB at most)`: rounded, because the author's code chooses both.
    private func spent(_ exit: ProcessExit) -> String {
        var parts: [String] = []
        if let seconds = process.record.map({ Date().timeIntervalSince($0.startedAt) }) { parts.append("after \(Self.rounded(seconds)) s") }
        if let peak = exit.memoryPeakBytes { parts.append("\(Self.rounded(Double(peak) / 1_000_000)) MB at most") }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    private static func rounded(_ value: Double) -> String { number(Double(String(format: "%.2g", value)) ?? value) }

    private func error() -> String? {
        let text = String(decoding: output.read(from: 0), as: UTF8.self)
        let directory = plan.sandbox == .bubblewrap ? SessionPaths.sandboxCode : files.code
        return AuthorTraceback(output: text, directory: directory, sources: sources())?.sentence
    }

    /// The Python files of the author, as they were sent.
    private func sources() -> AuthorTraceback.Sources {
        // Without them less can be told, and that is all.
        guard let store = try? ContentStore(directory: URL(filePath: plan.contentDirectory, directoryHint: .isDirectory), isWriter: false),
            let manifest = try? Manifest(bytes: store.read(plan.workspace))
        else { return [:] }
        var sources: AuthorTraceback.Sources = [:]
        for entry in manifest.entries where entry.path.hasSuffix(".py") && entry.size < 1 << 20 {
            // One that cannot be read is not named.
            if let bytes = try? store.read(entry.digest) { sources[entry.path] = String(decoding: bytes, as: UTF8.self) }
        }
        return sources
    }

    // MARK: Reading and counting

    private func readNotes() -> SubmissionNotes {
        // Not there yet, or not a regular file: as if empty.
        guard let file = try? share.openFile(Share.submission) else { return SubmissionNotes("") }
        return SubmissionNotes(String(decoding: FileTail.read(owning: file), as: UTF8.self))
    }

    private static func report(_ state: State, stage: SubmissionStage? = nil) -> SubmissionReport {
        SubmissionReport(stage: stage ?? state.stage, loadSeconds: state.loadSeconds, inferSeconds: state.inferSeconds)
    }

    /// To hundredths: the author's code decides how long it takes, and an author might read something from that.
    private static func seconds(_ duration: Duration) -> Double { (duration / .milliseconds(10)).rounded() / 100 }

    private static func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
}
