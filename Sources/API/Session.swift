package import Foundation

/// Which checkpoints of a session are kept. Nil fields set no limit; both nil keep all.
package struct Retention: Codable, Sendable, Hashable, CustomStringConvertible {
    /// How many of the best by the metric below.
    package var best: Int?
    /// How many of the newest.
    package var last: Int?
    /// The metric that `best` looks at; nil: the dataset's, else the first of the summary that is named like a loss or an accuracy.
    package var metric: String?
    package var order: MetricOrder?

    package init(best: Int? = nil, last: Int? = nil, metric: String? = nil, order: MetricOrder? = nil) {
        self.best = best
        self.last = last
        self.metric = metric
        self.order = order
    }

    /// Parses `best:1,last:2`, `last:3`, `best:2:test/accuracy:descending`, `all`.
    package init(parsing text: String) throws {
        self.init()
        guard text != "all" else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 2, let count = Int(fields[1]), count >= 0 else { throw Self.invalid(text) }
            switch (fields[0], fields.count) {
            case ("last", 2): last = count
            case ("best", 2): best = count
            case ("best", 3), ("best", 4):
                best = count
                metric = fields[2]
                if fields.count == 4 {
                    guard let chosen = MetricOrder(rawValue: fields[3]) else { throw Self.invalid(text) }
                    order = chosen
                }
            default: throw Self.invalid(text)
            }
        }
    }

    private static func invalid(_ text: String) -> Failure {
        .invalidValue("keep", text, expected: "all, or best:N[:METRIC[:ascending|descending]] and last:N joined by a comma")
    }

    package var description: String {
        let suffix = [metric, order?.rawValue].compactMap { $0 }.map { ":\($0)" }.joined()
        let parts = [best.map { "best:\($0)\(suffix)" }, last.map { "last:\($0)" }].compactMap { $0 }
        return parts.isEmpty ? "all" : parts.joined(separator: ",")
    }
}

/// What `nsml run` posts once the workspace is there.
package struct NewSession: RequestBody {
    package static let fields: Set<String> = [
        "workspace", "entry", "arguments", "datasets", "resources", "priority", "memo", "label", "isPrivate", "keep", "network",
        "outputDirectory",
        "type", "parent", "interactive", "isProtected",
    ]
    /// The digest of the workspace's manifest; nil for a session that takes another's.
    package var workspace: Digest?
    package var entry: String
    package var arguments: [String]
    package var datasets: [DatasetReference]
    package var resources: Resources
    /// Larger goes first; -100 to 100.
    package var priority: Int
    package var memo: String
    package var label: String?
    package var isPrivate: Bool
    package var keep: Retention?
    /// Whether the session may reach the network.
    package var network: Bool
    /// Whether the session gets a directory of its own for large results (the historic `--nfs-output`).
    package var outputDirectory: Bool
    package var type: SessionType
    package var parent: CheckpointReference?
    /// Removed when it ends; ends by itself after 30 minutes.
    package var interactive: Bool
    /// Not pushed out by sessions of higher priority; nil: it may be, once it can resume.
    package var isProtected: Bool?

    package init(
        workspace: Digest?, entry: String, arguments: [String], datasets: [DatasetReference], resources: Resources, priority: Int = 0,
        memo: String = "", label: String? = nil, isPrivate: Bool = false, keep: Retention? = nil, network: Bool = false,
        outputDirectory: Bool = false, type: SessionType = .normal, parent: CheckpointReference? = nil, interactive: Bool = false,
        isProtected: Bool? = nil
    ) {
        self.workspace = workspace
        self.entry = entry
        self.arguments = arguments
        self.datasets = datasets
        self.resources = resources
        self.priority = priority
        self.memo = memo
        self.label = label
        self.isPrivate = isPrivate
        self.keep = keep
        self.network = network
        self.outputDirectory = outputDirectory
        self.type = type
        self.parent = parent
        self.interactive = interactive
        self.isProtected = isProtected
    }
}

/// A session as everybody who may see it sees it.
package struct SessionRecord: Codable, Sendable {
    package var name: SessionName
    package var type: SessionType
    package var state: SessionState
    /// Why it failed, was stopped or waits: a sentence for a person.
    package var reason: String?
    package var exitCode: Int?
    /// The signal that ended its process; then there is no exit code.
    package var signal: Int?
    package var createdAt: Date
    /// When its process started last.
    package var startedAt: Date?
    package var finishedAt: Date?
    package var entry: String
    /// As the user gave them.
    package var arguments: [String]
    /// What the platform adds to them, to start the script again with a checkpoint or for questions; nil: nothing.
    package var addedArguments: [String]?
    package var memo: String
    package var label: String?
    /// With the versions that it got.
    package var datasets: [DatasetReference]
    package var resources: Resources
    package var priority: Int
    package var isPrivate: Bool
    package var keep: Retention?
    package var network: Bool
    package var placement: Placement?
    /// The checkpoint that it began with.
    package var parent: CheckpointReference?
    /// The session whose code it took; nil for one that was run by itself.
    package var origin: SessionName?
    package var workspace: Digest
    /// The hash of what its code needs; nil when that is the machine's own Python.
    package var environment: String?
    /// The values of the newest report with `summary=True`, and its step.
    package var summary: [String: MetricValue]
    package var step: Int64?
    package var checkpointCount: Int
    package var checkpointBytes: Int64
    package var outputBytes: Int64
    /// The number of the newest event, for waiting until something happens.
    package var eventNumber: Int64
    /// A stop was asked for and has not happened yet.
    package var isStopping: Bool
    /// Not pushed out by sessions of higher priority.
    package var isProtected: Bool
    /// Whether it can go on where it was: its code can save and load, and there is a checkpoint.
    package var canResume: Bool

    /// A pause was asked for and has not happened yet.
    package var isPausing: Bool
    /// It was asked to give way to another session, and has not ended yet.
    package var isGivingWay: Bool

    /// Its process's exit status, as shells tell it: 128 and the signal where one ended it.
    package var exitStatus: Int? { exitCode ?? signal.map { 128 + $0 } }

    /// Whether it holds a place and what belongs to it. A session that was paused, and could give its place back, does not.
    package var holdsPlace: Bool { state.isActive && placement != nil }

    package init(
        name: SessionName, type: SessionType, state: SessionState, reason: String? = nil, exitCode: Int? = nil, signal: Int? = nil,
        createdAt: Date, startedAt: Date? = nil, finishedAt: Date? = nil, entry: String, arguments: [String],
        addedArguments: [String]? = nil, memo: String, label: String? = nil,
        datasets: [DatasetReference], resources: Resources, priority: Int, isPrivate: Bool, keep: Retention? = nil, network: Bool,
        placement: Placement? = nil, parent: CheckpointReference? = nil, origin: SessionName? = nil, workspace: Digest,
        environment: String? = nil,
        summary: [String: MetricValue] = [:], step: Int64? = nil, checkpointCount: Int = 0, checkpointBytes: Int64 = 0,
        outputBytes: Int64 = 0, eventNumber: Int64 = 0, isStopping: Bool = false, isProtected: Bool = false,
        canResume: Bool = false, isPausing: Bool = false, isGivingWay: Bool = false
    ) {
        self.name = name
        self.type = type
        self.state = state
        self.reason = reason
        self.exitCode = exitCode
        self.signal = signal
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.entry = entry
        self.arguments = arguments
        self.addedArguments = addedArguments
        self.memo = memo
        self.label = label
        self.datasets = datasets
        self.resources = resources
        self.priority = priority
        self.isPrivate = isPrivate
        self.keep = keep
        self.network = network
        self.placement = placement
        self.parent = parent
        self.origin = origin
        self.workspace = workspace
        self.environment = environment
        self.summary = summary
        self.step = step
        self.checkpointCount = checkpointCount
        self.checkpointBytes = checkpointBytes
        self.outputBytes = outputBytes
        self.eventNumber = eventNumber
        self.isStopping = isStopping
        self.isProtected = isProtected
        self.canResume = canResume
        self.isPausing = isPausing
        self.isGivingWay = isGivingWay
    }
}

/// Changes of a session that its owner may make at any time; nil leaves a field as it is.
package struct SessionChange: RequestBody {
    package static let fields: Set<String> = ["memo", "label", "priority", "keep", "isPrivate"]
    package var memo: String?
    package var label: String?
    package var priority: Int?
    package var keep: Retention?
    package var isPrivate: Bool?

    package init(memo: String? = nil, label: String? = nil, priority: Int? = nil, keep: Retention? = nil, isPrivate: Bool? = nil) {
        self.memo = memo
        self.label = label
        self.priority = priority
        self.keep = keep
        self.isPrivate = isPrivate
    }
}

/// How `nsml stop` stops: a checkpoint first where the code can, then SIGTERM, then after the grace time SIGKILL.
package struct StopRequest: RequestBody, Hashable {
    package static let fields: Set<String> = ["graceSeconds", "save"]
    package var graceSeconds: Double
    package var save: Bool

    package init(graceSeconds: Double = 30, save: Bool = true) {
        self.graceSeconds = graceSeconds
        self.save = save
    }
}

/// How `nsml pause` pauses: at the next safe point. Where the code can load what it saves, the session is saved, ends and gives its
/// devices back; otherwise it is held where it is, and keeps them.
package struct PauseRequest: RequestBody, Hashable {
    package static let fields: Set<String> = ["graceSeconds"]
    /// How long saving and ending may take together, and how long the safe point may be away.
    package var graceSeconds: Double

    package init(graceSeconds: Double = 60) { self.graceSeconds = graceSeconds }
}

/// What happened to a session, when, by whom and why.
package struct SessionEvent: Codable, Sendable {
    package var number: Int64
    package var time: Date
    /// A user's name, `platform` or `session`.
    package var actor: String
    /// What happened, in one word: `queued`, `running`, `memo`, `checkpoint`.
    package var event: String
    package var detail: String
    /// Of the event `change`.
    package var change: EventChange?

    package init(number: Int64, time: Date, actor: String, event: String, detail: String, change: EventChange? = nil) {
        self.number = number
        self.time = time
        self.actor = actor
        self.event = event
        self.detail = detail
        self.change = change
    }
}

/// A saved model of a session.
package struct CheckpointRecord: Codable, Sendable {
    package var session: SessionName
    package var name: CheckpointName
    package var createdAt: Date
    /// Seconds since the checkpoint before, or since the start for the first.
    package var elapsedSeconds: Double
    package var step: Int64?
    package var summary: [String: MetricValue]
    package var fileCount: Int
    package var bytes: Int64
    package var manifest: Digest

    package init(
        session: SessionName, name: CheckpointName, createdAt: Date, elapsedSeconds: Double, step: Int64?, summary: [String: MetricValue],
        fileCount: Int, bytes: Int64, manifest: Digest
    ) {
        self.session = session
        self.name = name
        self.createdAt = createdAt
        self.elapsedSeconds = elapsedSeconds
        self.step = step
        self.summary = summary
        self.fileCount = fileCount
        self.bytes = bytes
        self.manifest = manifest
    }
}

/// How sessions are listed.
package struct SessionQuery: Sendable, Hashable {
    package enum Sort: Sendable, Hashable {
        case created
        /// By a metric's best value in the given order; sessions without it come last.
        case metric(String, MetricOrder)
    }

    /// nil: everybody's that one may see.
    package var user: UserName?
    package var dataset: DatasetName?
    /// Exited ones too.
    package var includeFinal: Bool
    /// Glob over the session's name, `*` and `?`.
    package var pattern: String?
    package var states: [SessionState]
    /// All that else must hold.
    package var filter: SessionWhere?
    package var sort: Sort
    package var limit: Int
    /// `next` of the page before.
    package var after: String?

    package init(
        user: UserName? = nil, dataset: DatasetName? = nil, includeFinal: Bool = false, pattern: String? = nil, states: [SessionState] = [],
        filter: SessionWhere? = nil, sort: Sort = .created, limit: Int = 100, after: String? = nil
    ) {
        self.user = user
        self.dataset = dataset
        self.includeFinal = includeFinal
        self.pattern = pattern
        self.states = states
        self.filter = filter
        self.sort = sort
        self.limit = limit
        self.after = after
    }
}
