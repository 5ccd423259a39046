package import API
package import Foundation
import GRDB

/// A session to be made.
package struct NewSessionRow: Sendable {
    package var user: UserName
    /// What stands in its name: the first dataset's name, or `None`.
    package var dataset: DatasetName
    /// As it was asked for; `workspace`, `datasets`, `resources` and `keep` are taken from below.
    package var request: NewSession
    package var workspace: Digest
    /// With versions.
    package var datasets: [DatasetReference]
    package var resources: Resources
    package var keep: Retention?
    package var createdAt: Date
    package var addedArguments: [String]
    /// The session whose code it takes.
    package var origin: SessionName?
    /// The files of the checkpoint that it begins with: its own from now on, whatever becomes of the checkpoint.
    package var checkpointManifest: Digest?

    package init(
        user: UserName, dataset: DatasetName, request: NewSession, workspace: Digest, datasets: [DatasetReference], resources: Resources,
        keep: Retention?, createdAt: Date, addedArguments: [String] = [], origin: SessionName? = nil,
        checkpointManifest: Digest? = nil
    ) {
        self.user = user
        self.dataset = dataset
        self.request = request
        self.workspace = workspace
        self.datasets = datasets
        self.resources = resources
        self.keep = keep
        self.createdAt = createdAt
        self.addedArguments = addedArguments
        self.origin = origin
        self.checkpointManifest = checkpointManifest
    }
}

/// A session with what only the platform needs to know of it.
package struct StoredSession: Sendable {
    /// Names its directory; grows with every session and is never given twice.
    package var id: Int64
    package var record: SessionRecord
    /// How many placements it has had.
    package var epoch: Int
    /// The stop that was asked for and has not happened.
    package var stop: StopRequest?
    /// Its age in the queue: one that gave way keeps it.
    package var queuedAt: Date
    /// How its process ended, once it has.
    package var exit: ProcessExit?
    package var outputDirectory: Bool
    package var interactive: Bool
    /// It exists for no user any more, only until nothing of it runs or lies anywhere.
    package var isBeingRemoved: Bool
    /// Since when it waits, or when it began to the last time.
    package var waitingSince: Date
    /// Whether it has lost its place and goes on before others.
    package var hasBegun: Bool
    /// For whom it gave its place back the last time.
    package var gaveWayTo: SessionName?
    /// Whether its code has bound what it needs to go on from a checkpoint.
    package var codeResumes: Bool
    /// The time of its newest checkpoint.
    package var savedAt: Date?
    /// That it was asked to give its place back, and when.
    package var yield: (request: YieldRequest, at: Date)?

    /// Since when it has what it can go on from; nil: it cannot.
    package var resumableSince: Date? { record.canResume ? savedAt : nil }
    /// The files of the checkpoint that it begins with.
    package var checkpointManifest: Digest?

    package var name: SessionName { record.name }
}

extension StoredSession {
    static let columns = """
        s.id, s.user, s.dataset, s.number, s.type, s.state, s.reason, s.exitCode, s.exitSignal, s.outOfMemory, s.memoryPeakBytes,
        s.createdAt, s.queuedAt, s.startedAt, s.finishedAt, s.entry, s.arguments, s.memo, s.label, s.datasets, s.gpus, s.cpus,
        s.memoryBytes, s.sharedMemoryBytes, s.priority, s.isPrivate, s.keep, s.network, s.workspace, s.outputDirectory, s.interactive, s.node, s.devices,
        s.parent, s.environment, s.summary, s.step, s.checkpointCount, s.checkpointBytes, s.outputBytes, s.eventNumber,
        s.epoch, s.stopGraceSeconds, s.stopSave, s.isProtected, s.codeResumes, s.savedAt, s.waitingSince, s.hasBegun, s.gaveWayTo,
        s.yieldCause, s.yieldGraceSeconds, s.yieldAt, s.yieldTo,
        s.addedArguments, s.origin, s.checkpointManifest, s.removedAt
        """

    /// Reads the columns above, in their order.
    static func decode(_ columns: inout Columns) throws -> StoredSession {
        let id = columns.integer()
        let name = SessionName(user: columns.user(), dataset: columns.dataset(), number: columns.int())
        let type: SessionType = try columns.word()
        let state: SessionState = try columns.word()
        let reason = columns.optionalText()
        let exit = exit(&columns)
        let createdAt = columns.date()
        let queuedAt = columns.date()
        var record = SessionRecord(
            name: name, type: type, state: state, reason: reason, exitCode: exit?.exitCode, signal: exit?.signal,
            createdAt: createdAt, startedAt: columns.optionalDate(), finishedAt: columns.optionalDate(),
            entry: columns.text(), arguments: try list(&columns), memo: columns.text(), label: columns.optionalText(),
            datasets: try list(&columns),
            resources: Resources(
                gpus: columns.int(), cpus: columns.int(), memoryBytes: columns.integer(), sharedMemoryBytes: columns.integer()),
            priority: columns.int(), isPrivate: columns.flag(), keep: try columns.optionalText().map(Retention.init(parsing:)),
            network: columns.flag(), workspace: try columns.digest())
        let outputDirectory = columns.flag()
        let interactive = columns.flag()
        let node = columns.optionalText()
        let devices = columns.optionalText()
        if let node {
            record.placement = Placement(node: node, devices: try columnDecoder.decode([Int].self, from: Data((devices ?? "[]").utf8)))
        }
        record.parent = try columns.optionalText().map { try CheckpointReference(parsing: $0) }
        record.environment = columns.optionalText()
        let summary = columns.text()
        record.summary = summary == "{}" ? [:] : try columnDecoder.decode([String: MetricValue].self, from: Data(summary.utf8))
        record.step = columns.optionalInteger()
        record.checkpointCount = columns.int()
        record.checkpointBytes = columns.integer()
        record.outputBytes = columns.integer()
        record.eventNumber = columns.integer()
        let epoch = columns.int()
        let stop = stop(&columns)
        record.isStopping = stop != nil && !state.isFinal
        record.isProtected = columns.flag()
        let codeResumes = columns.flag()
        let savedAt = columns.optionalDate()
        let canBeAsked = record.type == .normal || record.type == .fork
        record.canResume = codeResumes && savedAt != nil && canBeAsked && !interactive
        let waitingSince = columns.optionalDate()
        let hasBegun = columns.flag()
        let gaveWayTo = try columns.optionalText().map { try SessionName(parsing: $0) }
        let yield = try yield(&columns)
        record.isPausing = record.holdsPlace && yield?.request.cause == .pause
        record.isGivingWay = record.holdsPlace && yield?.request.cause == .preempt
        let added: [String] = try list(&columns)
        record.addedArguments = added.isEmpty ? nil : added
        record.origin = try columns.optionalText().map { try SessionName(parsing: $0) }
        let manifest = columns.optionalBlob().flatMap { Digest(bytes: $0) }
        return StoredSession(
            id: id, record: record, epoch: epoch, stop: state.isFinal ? nil : stop, queuedAt: queuedAt, exit: exit,
            outputDirectory: outputDirectory, interactive: interactive, isBeingRemoved: columns.optionalDate() != nil,
            waitingSince: waitingSince ?? queuedAt, hasBegun: hasBegun, gaveWayTo: gaveWayTo, codeResumes: codeResumes, savedAt: savedAt,
            yield: yield, checkpointManifest: manifest)
    }

    private static func yield(_ columns: inout Columns) throws -> (request: YieldRequest, at: Date)? {
        let (cause, grace, at, to) = (columns.optionalText(), columns.optionalReal(), columns.optionalDate(), columns.optionalText())
        guard let cause = cause.flatMap(YieldRequest.Cause.init), let grace, let at else { return nil }
        return (YieldRequest(cause: cause, graceSeconds: grace, to: try to.map { try SessionName(parsing: $0) }), at)
    }

    private static func exit(_ columns: inout Columns) -> ProcessExit? {
        let (code, signal) = (columns.optionalInt(), columns.optionalInt())
        let (outOfMemory, peak) = (columns.optionalFlag(), columns.optionalInteger())
        guard let outOfMemory else { return nil }
        return ProcessExit(exitCode: code, signal: signal, outOfMemory: outOfMemory, memoryPeakBytes: peak)
    }

    private static func stop(_ columns: inout Columns) -> StopRequest? {
        let (grace, save) = (columns.optionalReal(), columns.optionalFlag())
        guard let grace, let save else { return nil }
        return StopRequest(graceSeconds: grace, save: save)
    }

    /// Most lists are empty; a list of 100 sessions would otherwise spend its time in the JSON decoder.
    private static func list<Item: Decodable>(_ columns: inout Columns) throws -> [Item] {
        let text = columns.text()
        return text == "[]" ? [] : try columnDecoder.decode([Item].self, from: Data(text.utf8))
    }
}
