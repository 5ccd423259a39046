import API
import Foundation
import Glibc
import Logging
import Synchronization

/// One session under a supervisor, from its preparation to the last byte that the server gets.
///
/// Its parts run side by side: the life of the process, the two streams, the checkpoints, the reports of progress, the
/// server's commands. None waits for the server but to say something to it, so a server that is away for hours changes
/// nothing for the process.
final class SupervisedSession: Sendable {
    private enum Part: Sendable {
        case life(SessionEnd)
        /// A stream, or the checkpoints: everything is with the server.
        case drained
        case reported
        case other
    }

    /// The output alone for a session that is hidden from its author, else both streams, the journal's lines, what it uses and the checkpoints.
    private var drainedParts: Int { isHidden ? 1 : 5 }
    private var isHidden: Bool { submission?.isHidden == true }

    private let plan: SessionPlan
    private let files: SessionFiles
    private let connection: any ServerConnection
    private let settings: Supervisor.Settings
    private let log: Logger
    private let share: OpenDirectory
    private let staging: OpenDirectory
    private let watcher: FileWatcher
    private let shipped: ShippedState
    private let refusals: Refusals
    private let output: OutputNotes
    private let pending = PendingCheckpoints()
    private let process: SessionProcess
    private let control: ControlClient
    private let reporter: ProgressReporter
    private let submission: SubmissionRun?
    /// The process is gone, or will never be: nobody writes any more.
    private let ended = Occurrence()
    private let journalRead = Occurrence()
    /// No more is written down of what it uses.
    private let counted = Occurrence()
    private let stopRequested = Occurrence()
    private let abandoned = Occurrence()
    /// A stop is wanted, or another than before.
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    init(plan: SessionPlan, files: SessionFiles, connection: any ServerConnection, settings: Supervisor.Settings, log: Logger) throws {
        self.plan = plan
        self.files = files
        self.connection = connection
        self.settings = settings
        self.log = log
        let session = try OpenDirectory(trusted: files.directory)
        share = try session.makeDirectory(Share.directory)
        staging = try session.makeDirectory("staging")
        watcher = try FileWatcher(directories: [files.directory, files.share])
        shipped = ShippedState(files: files, log: log)
        shipped.begin(epoch: plan.epoch)
        refusals = Refusals(files: files, patience: settings.patience)
        output = OutputNotes(path: files.output)
        process = SessionProcess(plan: plan, files: files, shimProgram: settings.shimProgram)
        control = ControlClient(share: share)
        (wishes, wish) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        reporter = ProgressReporter(epoch: plan.epoch, connection: connection, refusals: refusals, shipped: shipped, log: log)
        submission = SubmissionRun(
            plan: plan, files: files, settings: settings, share: share, staging: staging, watcher: watcher, reporter: reporter,
            output: output, process: process, log: log)
    }

    /// Returns when the server has everything. Throws `Superseded` when the session is another's, or gone; its process then is too.
    func run() async throws {
        defer { watcher.stop() }
        do {
            try await runParts()
            // The last thing: without the token the next supervisor knows that there is nothing to do.
            try? staging.removeContents()
            unlink(files.token(epoch: plan.epoch))
        } catch is Superseded {
            await giveUp()
            throw Superseded()
        }
    }

    private func runParts() async throws {
        let commands = CommandLoop(
            epoch: plan.epoch, connection: connection, process: process, control: control, refusals: refusals, shipped: shipped,
            ended: ended, log: log, stop: { [self] in request($0) }, keep: { [self] in withdrawYield() })
        if shipped.current.stop != nil {
            stopRequested.happen()
            wish.yield()
        }
        try await withThrowingTaskGroup(of: Part.self) { [self] group in
            group.addTask { .life(try await self.life()) }
            addDrains(to: &group)
            group.addTask {
                try await self.reporter.run()
                return .reported
            }
            let others: [@Sendable () async throws -> Void] = [
                { try await commands.run() }, { try await self.carryOutStops() }, { try await self.watchRemoval() },
                { try await self.watchTime(commands) }, { try await self.submission?.watch() }, { try await self.watchUsage() },
            ]
            for other in others {
                group.addTask {
                    try await other()
                    return .other
                }
            }
            try await collect(&group)
        }
    }

    private func addDrains(to group: inout ThrowingTaskGroup<Part, any Error>) {
        guard !isHidden else {
            // Nothing that it reports or saves is carried anywhere.
            group.addTask {
                try await self.follower(of: .output).run()
                return .drained
            }
            return
        }
        for stream in SessionStream.allCases {
            group.addTask {
                try await self.follower(of: stream).run()
                return .drained
            }
        }
        group.addTask {
            try await self.journalReader().run()
            self.journalRead.happen()
            self.watcher.poke(Share.checkpoints)
            return .drained
        }
        group.addTask {
            try await self.checkpointShipper().run()
            return .drained
        }
    }

    /// Waits for the parts in whatever order they end, says the last word when all but that is said, and stops the rest.
    private func collect(_ group: inout ThrowingTaskGroup<Part, any Error>) async throws {
        var end: SessionEnd?
        var drained = 0
        do {
            while let part = try await group.next() {
                switch part {
                case .life(let found): end = found
                case .drained: drained += 1
                case .reported:
                    group.cancelAll()
                    return
                case .other: continue
                }
                if let end, drained == drainedParts {
                    reporter.add(
                        end.state, exit: end.exit, reason: end.reason, submission: end.submission, isOver: true,
                        isLost: end.isLost ? true : nil)
                    reporter.close()
                }
            }
        } catch {
            // The part that waits for the process cannot be cancelled; it ends with the process.
            if error is Superseded { await giveUp() }
            throw error
        }
    }

    // MARK: Parts

    private func follower(of stream: SessionStream) throws -> StreamFollower {
        StreamFollower(
            stream: stream, directory: stream == .journal ? share : try OpenDirectory(trusted: files.directory),
            name: stream.fileName, epoch: plan.epoch, connection: connection, watcher: watcher,
            shipped: shipped, log: log,
            hasEnded: { [ended, journalRead, counted, pending, isHidden] in
                switch stream {
                case .usage: counted.hasHappened
                // Storing checkpoints may still warn in the output.
                case .output where !isHidden: journalRead.hasHappened && pending.first == nil
                case .journal, .output: ended.hasHappened
                }
            }, exceeded: { [self] in stopEndless(stream) }, judge: refusals)
    }

    private func watchUsage() async throws {
        if !isHidden { try await UsageWatch(plan: plan, files: files, process: process).run(until: ended) }
        counted.happen()
        watcher.poke(SessionFiles.usageName)
    }

    private func journalReader() -> JournalReader {
        JournalReader(
            share: share, watcher: watcher, pending: pending, shipped: shipped, hasEnded: { [ended] in ended.hasHappened },
            paused: { [self] isPaused in setPaused(isPaused) })
    }

    private func checkpointShipper() -> CheckpointShipper {
        CheckpointShipper(
            plan: plan, share: share, staging: staging, stagingPath: files.staging, pending: pending, shipped: shipped,
            connection: connection, watcher: watcher, refusals: refusals, output: output, log: log,
            hasEnded: { [journalRead] in journalRead.hasHappened })
    }

    private func setPaused(_ isPaused: Bool) {
        guard shipped.current.isPaused != isPaused else { return }
        // Written down with the next thing that is; read again from the journal otherwise.
        shipped.note { $0.isPaused = isPaused }
        reporter.add(isPaused ? .paused : .running)
    }

    // MARK: The process's life

    private func life() async throws -> SessionEnd {
        var end: SessionEnd
        switch process.findEarlier() {
        case .ended(let exit): end = describe(exit)
        case .lost(let reason): end = await loseProcess(reason)
        case .running:
            log.info("the session's process is running; going on where an earlier supervisor was")
            tellWhereWeAre()
            end = try await follow()
        case .nothing: end = try await begin()
        }
        if let submission { end = await submission.conclude(end, stop: shipped.current.stop, unless: stopRequested) }
        ended.happen()
        refusals.processEnded()
        for name in [Share.journal, "output.log", Share.checkpoints] { watcher.poke(name) }
        return end
    }

    private func begin() async throws -> SessionEnd {
        reporter.add(.preparing)
        do {
            guard let prepared = try await prepare() else {
                return SessionEnd(state: shipped.current.stop?.outcome ?? .queued)
            }
            try await process.start(prepared.launch)
            withExtendedLifetime(prepared.held) {}
            // The server forgot us meanwhile: what has just been started is not wanted.
            if abandoned.hasHappened { process.killAll() }
            reporter.add(.running, environment: prepared.environment, record: prepared.record)
            return try await follow()
        } catch let failure as Failure {
            output.say("nsml: \(failure)")
            return SessionEnd(state: .failed, reason: "\(failure)", isPlatformFault: failure.code != .environmentFailed)
        } catch let error as SystemError {
            output.say("nsml: \(error)")
            return SessionEnd(state: .failed, reason: "\(error)", isPlatformFault: true)
        }
    }

    /// nil when a stop was asked for first.
    private func prepare() async throws -> SessionPreparation.Result? {
        let preparation = SessionPreparation(
            plan: plan, files: files, settings: settings, connection: connection, share: share, staging: staging, output: output, log: log)
        return try await stopRequested.unlessItHappens { try await preparation.run() }
    }

    /// Serves the process until it ends.
    private func follow() async throws -> SessionEnd {
        let loads = try CheckpointLoads(
            plan: plan, share: share, staging: staging, stagingPath: files.staging, pending: pending, connection: connection)
        let socket = try SupervisorSocket(share: share, userId: plan.userId, log: log) { try await loads.load(session: $0, name: $1) }
        defer { socket.stop() }
        guard let exit = try await process.wait() else { return await loseProcess("supervision lost: the session's shim was killed") }
        return describe(exit)
    }

    private func loseProcess(_ reason: String) async -> SessionEnd {
        log.warning("supervision lost", metadata: ["reason": "\(reason)"])
        // Throws nothing.
        try? await onOwnThread { [process] in process.killAll() }
        var end = SessionEnd(state: .failed, reason: reason, isPlatformFault: true)
        end.isLost = true
        return end
    }

    private func describe(_ exit: ExitRecord) -> SessionEnd {
        // Without a journal there is no step to name.
        let journal = (try? share.openFile(Share.journal)).map { FileTail.read(owning: $0) } ?? []
        return SessionEnd(
            exit: exit, stop: shipped.current.stop, plan: plan, step: JournalLine.lastStep(in: journal),
            outputTail: String(decoding: output.read(from: 0), as: UTF8.self))
    }

    private func tellWhereWeAre() {
        let known = shipped.current
        let now: SessionState = known.isPaused ? .paused : .running
        if known.reported != .running, known.reported != .paused { reporter.add(.running) }
        if known.reported != now, now == .paused || known.reported == .paused { reporter.add(now) }
    }

    // MARK: Stopping

    /// A stop is for good; a wish to give the place back is overruled by another, and by a stop.
    private func request(_ stop: ShippedRecord.Stop) {
        let known = shipped.current.stop
        guard known == nil || known?.yield != nil else { return }
        var wanted = stop
        wanted.isTold = known?.isTold
        guard wanted != known else { return }
        shipped.write { $0.stop = wanted }
        stopRequested.happen()
        wish.yield()
    }

    private func withdrawYield() {
        guard let stop = shipped.current.stop, stop.yield != nil, stop.isTold != true else { return }
        shipped.write { $0.stop = nil }
    }

    /// A session that prints or reports without end is ended before it fills the disk.
    private func stopEndless(_ stream: SessionStream) {
        let limit = StreamFollower.maximumBytes / 1_000_000_000
        let what = stream == .output ? "printed" : "reported"
        request(
            .init(
                reason: "killed: it \(what) more than \(limit) GB; write large results to files", outcome: .failed, graceSeconds: 0,
                save: false))
    }

    private func carryOutStops() async throws {
        for await _ in wishes {
            guard let stop = shipped.current.stop else { continue }
            // While it is being prepared that is called off; when it starts at this moment, it is waited for.
            while process.record?.process == nil {
                if ended.hasHappened { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            let sequence = StopSequence(
                process: process, control: control, log: log,
                isWanted: { [shipped] asked in
                    var now = shipped.current.stop
                    now?.isTold = asked.isTold
                    return now == asked
                }, telling: { [shipped] in shipped.write { $0.stop?.isTold = true } })
            switch try await sequence.run(stop, ended: ended) {
            case .told where ended.hasHappened: return
            case .told, .calledOff: continue
            case .held: withdrawYield()
            case .refused(let why):
                withdrawYield()
                reporter.add(shipped.current.isPaused ? .paused : .running, reason: why)
            }
        }
        try Task.checkCancellation()
    }

    /// Gives the session up when it is being removed, also when the server that has said so is away.
    private func watchRemoval() async throws {
        for await _ in watcher.changes(of: SessionPlan.removalMark) where files.isBeingRemoved {
            log.notice("the session is being removed")
            throw Superseded()
        }
        try Task.checkCancellation()
    }

    /// Ends a session that nobody asks any more, or that has had its time.
    private func watchTime(_ commands: CommandLoop) async throws {
        guard plan.type == .infer || plan.maximumSeconds != nil || submission != nil else { return }
        var wasReady = false
        while !ended.hasHappened {
            try await Task.sleep(for: .milliseconds(250))
            guard let running = process.runningTime else { continue }
            if let overdue = submission?.overdue {
                return request(.init(reason: overdue, outcome: .failed, graceSeconds: 0, save: false))
            }
            if let maximum = plan.maximumSeconds, running > .seconds(maximum) {
                return request(
                    .init(reason: "it had its time of \(Self.seconds(maximum))", outcome: .finished, graceSeconds: 30, save: true))
            }
            if !wasReady, shipped.current.isPaused {
                wasReady = true
                commands.becameReady()
            }
            if plan.type == .infer, commands.idleTime > .seconds(plan.idleSeconds) {
                return request(
                    .init(reason: "idle for \(Self.seconds(plan.idleSeconds))", outcome: .finished, graceSeconds: 5, save: false))
            }
        }
    }

    private static func seconds(_ seconds: Double) -> String { seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s" }

    private func giveUp() async {
        guard !abandoned.hasHappened else { return }
        abandoned.happen()
        // Throws nothing.
        try? await onOwnThread { [process] in process.killAll() }
    }
}
