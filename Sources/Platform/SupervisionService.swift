package import API
import Foundation
package import Store

/// What supervisors say of their sessions and ask for them. All of it may be repeated: a repeat changes nothing.
package struct SupervisionService: Sendable {
    let store: Store
    let dispatcher: Dispatcher
    let feed: Feed
    let board: CommandBoard
    private let directory: DataDirectory
    private let disk: DiskGuard
    private let settlement: SubmissionSettlement
    private let media: MediaService

    package init(
        store: Store, dispatcher: Dispatcher, feed: Feed, board: CommandBoard, directory: DataDirectory, disk: DiskGuard,
        settlement: SubmissionSettlement, media: MediaService
    ) {
        self.store = store
        self.dispatcher = dispatcher
        self.feed = feed
        self.board = board
        self.directory = directory
        self.disk = disk
        self.settlement = settlement
        self.media = media
    }

    /// Takes a piece of a stream.
    ///
    /// - Returns: the offset up to which the stream is durable here. Bytes that the server has already are skipped; a
    ///   piece from beyond what it has is refused with `offset_gap` and the offset to go on from.
    package func put(_ bytes: [UInt8], to stream: SessionStream, of name: SessionName, offset: Int64, epoch: Int) async throws
        -> StreamOffset
    {
        try disk.allowReport()
        let session = try await current(name, epoch: epoch)
        let stored = try await store.series.offset(session: session.id, stream: stream)
        guard (0...stored).contains(offset) else {
            throw Failure(.offsetGap, "the \(stream.rawValue) of \(name) is known up to \(stored), not \(offset)", offset: stored)
        }
        let known = Int(min(stored - offset, Int64(bytes.count)))
        guard known < bytes.count else { return StreamOffset(offset: stored) }
        let news = known == 0 ? bytes : Array(bytes[known...])
        let end =
            switch stream {
            case .journal: try await appendJournal(news, of: session, from: stored)
            case .output: try await appendOutput(news, of: session, from: stored)
            case .usage: try await appendUsage(news, of: session, from: stored)
            }
        feed.changed(session.id)
        return StreamOffset(offset: end)
    }

    private func appendJournal(_ bytes: [UInt8], of session: StoredSession, from offset: Int64) async throws -> Int64 {
        let piece = JournalReader.read(bytes)
        guard piece.consumedBytes > 0 else { return offset }
        let end = offset + Int64(piece.consumedBytes)
        // Before the points: a summary that is written twice is the same, one that is never written would be wrong.
        if let summary = piece.reports.last(where: \.isSummary) {
            let values = Dictionary(summary.values.map { ($0.name, MetricValue($0.value)) }) { _, last in last }
            try await store.write { try $0.setSummary(id: session.id, summary: values, step: summary.step) }
        }
        try await noteBindings(piece, of: session)
        if !piece.changes.isEmpty {
            try await store.write { transaction in
                for var change in piece.changes {
                    change.offset += offset
                    try transaction.addChange(session: session.id, change)
                }
            }
        }
        try await media.take(piece.media, of: session, from: offset)
        try await store.series.append(session: session.id, reports: piece.reports, restarts: piece.restarts, from: offset, to: end)
        if piece.unreadableLines > 0 {
            let detail = "\(piece.unreadableLines) lines of the journal could not be read, and were skipped"
            try await store.write { transaction in
                _ = try transaction.appendEvent(session: session.id, actor: "platform", event: "journal", detail: detail, at: Date())
            }
        }
        return end
    }

    /// Whether the code can go on from a checkpoint is what it said last of the functions that it has bound.
    private func noteBindings(_ piece: JournalChunk, of session: StoredSession) async throws {
        guard let last = piece.events.last(where: { $0.event == JournalEvent.bound }) else { return }
        struct Bound: Decodable { var save, load: Bool }
        // The session's own words; what cannot be read says nothing.
        guard let bound = try? JSONDecoder().decode(Bound.self, from: Data(last.detail.utf8)),
            (bound.save && bound.load) != session.codeResumes
        else { return }
        let after = try await store.write { transaction in
            try transaction.setCodeResumes(id: session.id, bound.save && bound.load)
            return try transaction.session(id: session.id)
        }
        if let after { await dispatcher.resumable(after) }
    }

    /// Lines of any other kind than reports are passed over: nobody but a supervisor writes here.
    private func appendUsage(_ bytes: [UInt8], of session: StoredSession, from offset: Int64) async throws -> Int64 {
        let piece = JournalReader.read(bytes)
        guard piece.consumedBytes > 0 else { return offset }
        let end = offset + Int64(piece.consumedBytes)
        try await store.series.appendUsage(session: session.id, reports: piece.reports, from: offset, to: end)
        return end
    }

    private func appendOutput(_ bytes: [UInt8], of session: StoredSession, from offset: Int64) async throws -> Int64 {
        let end = offset + Int64(bytes.count)
        try OutputLog(directory: directory, session: session.id).write(bytes, at: offset, time: Date())
        try await store.series.setOffset(session: session.id, stream: .output, from: offset, to: end)
        return end
    }

    /// Takes what a supervisor says of its session's life.
    package func progress(_ progress: SessionProgress, of name: SessionName) async throws {
        let session = try await store.read { transaction in
            guard let session = try transaction.session(name) else { throw Failure.noSession(name) }
            return session
        }
        // Only the end of one that is being removed is of interest.
        guard session.epoch == progress.epoch, !session.isBeingRemoved || progress.state.isFinal else {
            throw Self.stale(name, progress.epoch)
        }
        if progress.state.isFinal, session.record.state.isFinal { return }
        if try await leave(session, progress) { return }
        let outputBytes = try await store.series.offset(session: session.id, stream: .output)
        let (after, submission) = try await store.write { transaction -> (StoredSession, Int64?) in
            guard let session = try transaction.session(name) else { throw Failure.noSession(name) }
            guard session.epoch == progress.epoch else { throw Self.stale(name, progress.epoch) }
            if let environment = progress.environment, environment != session.record.environment {
                try transaction.setEnvironment(id: session.id, environment)
            }
            if let record = progress.record { try transaction.setEnvironmentRecord(id: session.id, record) }
            // How much a hidden session has printed is hidden too.
            if progress.state.isFinal, session.record.type != .submit { try transaction.setOutputBytes(id: session.id, outputBytes) }
            let submission = try Self.note(progress, of: session, in: transaction)
            for state in Self.path(from: session.record.state, to: progress.state) {
                try transaction.setState(
                    id: session.id, to: state, reason: progress.reason, exit: progress.exit, at: progress.at,
                    actor: state == .stopped ? "platform" : "session")
            }
            return (try transaction.session(id: session.id) ?? session, submission)
        }
        if after.record.state.isFinal {
            board.ended(after.id, reason: "session \(name) has ended: \(after.record.reason ?? after.record.state.rawValue)")
            await dispatcher.ended(after.id)
            await Reproductions.judge(after, in: store)
        }
        feed.changed(after.id)
        if let submission { feed.changed(SubmissionService.feedKey(submission)) }
        if after.record.state.isFinal { try await settlement.settle(session: after.id) }
    }

    /// Takes what a session tells of the submission that it works on; its number.
    private static func note(_ progress: SessionProgress, of session: StoredSession, in transaction: Transaction) throws -> Int64? {
        guard let submission = try transaction.openSubmission(session: session.id) else { return nil }
        if let score = progress.submission?.score, !score.isFinite {
            throw Failure.invalidValue("score", "\(score)", expected: "a finite number")
        }
        try transaction.noteSubmission(submission.record.number, .running, progress.submission)
        return submission.record.number
    }

    /// The steps that lead from one state to the next: a supervisor that lost the server for a while may skip some.
    static func path(from state: SessionState, to next: SessionState) -> [SessionState] {
        if state == next { return [] }
        if state.allows(next) { return [next] }
        if state == .preparing, SessionState.running.allows(next) { return [.running, next] }
        return [next]
    }

    /// The commands newer than `number`; waits for one when there is none.
    /// One message to a supervisor is not much longer, in bytes.
    private static let maximumCommandBytes = 32 << 20

    /// As many as travel well together, and one at least: the supervisor asks for the others at once.
    static func firstOf(_ commands: [SupervisorCommand]) -> [SupervisorCommand] {
        var bytes = 0
        return Array(
            commands.prefix { command in
                defer { bytes += command.body?.count ?? 0 }
                return bytes < maximumCommandBytes
            })
    }

    package func commands(of name: SessionName, after number: Int64, epoch: Int, waitSeconds: Double) async throws -> SupervisorCommands {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(waitSeconds)
        while true {
            let found = try await current(name, epoch: epoch)
            let ticket = feed.ticket(for: found.id)
            let session = try await current(name, epoch: epoch)
            var commands = board.commands(of: session.id, after: number)
            if let stop = session.stop {
                let asked = board.number(ofStop: stop, of: session.id)
                if asked > number { commands.append(SupervisorCommand(number: asked, kind: .stop, stop: stop)) }
            }
            if let yield = session.yield?.request, session.stop == nil {
                let asked = board.number(ofYield: yield, of: session.id)
                if asked > number { commands.append(SupervisorCommand(number: asked, kind: .yield, yield: yield)) }
            }
            let left = clock.now.duration(to: deadline) / .seconds(1)
            guard commands.isEmpty, left > 0, !feed.isClosed else {
                return SupervisorCommands(commands: Self.firstOf(commands.sorted { $0.number < $1.number }))
            }
            await feed.wait(for: session.id, after: ticket, seconds: left)
            try Task.checkCancellation()
        }
    }

    package func answered(_ number: Int64, of name: SessionName, with answer: InferenceAnswer) async throws {
        let session = try await store.read { transaction in
            guard let session = try transaction.session(name) else { throw Failure.noSession(name) }
            return session
        }
        board.answered(number, of: session.id, with: .success(answer))
        feed.changed(session.id)
    }

    private func current(_ name: SessionName, epoch: Int) async throws -> StoredSession {
        let session = try await store.read { try $0.session(name) }
        guard let session else { throw Failure.noSession(name) }
        guard session.epoch == epoch, !session.isBeingRemoved else { throw Self.stale(name, epoch) }
        return session
    }

    private static func stale(_ name: SessionName, _ epoch: Int) -> Failure {
        Failure(.staleEpoch, "placement \(epoch) of session \(name) is over")
    }
}
