package import Foundation

/// What a supervisor needs to run one session; written by the server as `plan.json` before it starts the supervisor.
package struct SessionPlan: Codable, Sendable {
    /// How the process is walled off.
    package enum Sandbox: String, Codable, Sendable, CaseIterable {
        case none, bubblewrap
    }

    /// A dataset as it is laid out in the session.
    package struct Dataset: Codable, Sendable {
        package var name: DatasetName
        package var version: Int
        package var manifest: Digest

        package init(name: DatasetName, version: Int, manifest: Digest) {
            self.name = name
            self.version = version
            self.manifest = manifest
        }
    }

    /// What a session that scores a checkpoint needs beside.
    package struct Submission: Codable, Sendable {
        package var isTest: Bool
        /// `custom`, or one that the platform computes.
        package var metric: String
        package var batchSize: Int?
        package var startLimitSeconds: Double
        package var inferLimitSeconds: Double
        /// Whose the dataset is: the environment of its evaluation is built for this user, and for nobody else.
        package var datasetOwner: UserName

        package init(
            isTest: Bool, metric: String, batchSize: Int?, startLimitSeconds: Double, inferLimitSeconds: Double, datasetOwner: UserName
        ) {
            self.isTest = isTest
            self.metric = metric
            self.batchSize = batchSize
            self.startLimitSeconds = startLimitSeconds
            self.inferLimitSeconds = inferLimitSeconds
            self.datasetOwner = datasetOwner
        }
    }

    /// The name of the file in a session's directory that says, wherever the server is, that nothing is to run there any more.
    package static let removalMark = "removed"

    package var session: SessionName
    /// Counts the placements of the session; messages of an older one are refused.
    package var epoch: Int
    package var serverURL: String
    package var sessionDirectory: String
    /// Where content lies on this node.
    package var contentDirectory: String
    /// Where environments are built on this node.
    package var environmentsDirectory: String
    /// Where trees that many sessions share are laid out on this node: DIRECTORY/MANIFEST/...
    package var treesDirectory: String
    /// The directory that holds the Python package `nsml`.
    package var libraryDirectory: String
    package var type: SessionType
    package var workspace: Digest
    package var entry: String
    package var arguments: [String]
    /// What is added to them to start the script again. Where the script turns out not to know them, it is started without.
    package var addedArguments: [String]?
    package var datasets: [Dataset]
    package var resources: Resources
    package var devices: [Int]
    package var network: Bool
    package var outputDirectory: Bool
    package var sandbox: Sandbox
    /// When the server runs as root: the user id under which the session runs; nil: as who the server is.
    package var userId: UInt32?
    /// The checkpoint to load, with the manifest of its files.
    package var checkpoint: CheckpointReference?
    package var checkpointManifest: Digest?
    package var checkpointLimitBytes: Int64?
    /// How long an infer session stays without a question.
    package var idleSeconds: Double
    /// When the session ends by itself, counted from the start of its process; nil: never.
    package var maximumSeconds: Double?
    /// For a session of type submit.
    package var submission: Submission?
    /// The file in which the server says where it can be reached now (`ServerProcess`); nil: only ever at `serverURL`.
    package var serverFile: String?
    /// Whether the session has run before, so that its code stays as it has left it: with what it wrote beside it.
    package var keepsCode: Bool
    /// What those devices are called, in the order of `devices`.
    package var deviceNames: [String]?
    /// What the session has to run with, when it does again what another did.
    package var lock: EnvironmentLock?
    /// The changes by hand that are made again.
    package var replay: [ReplayedChange]?

    package init(
        session: SessionName, epoch: Int, serverURL: String, sessionDirectory: String, contentDirectory: String,
        environmentsDirectory: String,
        treesDirectory: String, libraryDirectory: String, type: SessionType, workspace: Digest, entry: String, arguments: [String],
        addedArguments: [String]? = nil, datasets: [Dataset], resources: Resources, devices: [Int], network: Bool, outputDirectory: Bool,
        sandbox: Sandbox, userId: UInt32?,
        checkpoint: CheckpointReference?, checkpointManifest: Digest?, checkpointLimitBytes: Int64?, idleSeconds: Double,
        maximumSeconds: Double?, serverFile: String? = nil, keepsCode: Bool = false, deviceNames: [String]? = nil,
        lock: EnvironmentLock? = nil, replay: [ReplayedChange]? = nil
    ) {
        self.session = session
        self.epoch = epoch
        self.serverURL = serverURL
        self.sessionDirectory = sessionDirectory
        self.contentDirectory = contentDirectory
        self.environmentsDirectory = environmentsDirectory
        self.treesDirectory = treesDirectory
        self.libraryDirectory = libraryDirectory
        self.type = type
        self.workspace = workspace
        self.entry = entry
        self.arguments = arguments
        self.addedArguments = addedArguments
        self.datasets = datasets
        self.resources = resources
        self.devices = devices
        self.network = network
        self.outputDirectory = outputDirectory
        self.sandbox = sandbox
        self.userId = userId
        self.checkpoint = checkpoint
        self.checkpointManifest = checkpointManifest
        self.checkpointLimitBytes = checkpointLimitBytes
        self.idleSeconds = idleSeconds
        self.maximumSeconds = maximumSeconds
        self.serverFile = serverFile
        self.keepsCode = keepsCode
        self.deviceNames = deviceNames
        self.lock = lock
        self.replay = replay
    }
}

/// The byte streams of a session.
package enum SessionStream: String, Codable, Sendable, CaseIterable {
    /// What its code reports, and what it prints.
    case journal, output
    /// What it uses of its node, as its supervisor counts it: lines like those of the journal.
    case usage

    /// Whether it is carried by whole lines only.
    package var isLines: Bool { self != .output }
}

/// How far the server has a stream, durably. The journal counts whole lines only.
package struct StreamOffset: Codable, Sendable {
    package var offset: Int64
    package init(offset: Int64) { self.offset = offset }
}

/// What a supervisor tells of its session's life. Repeating it changes nothing.
package struct SessionProgress: RequestBody {
    package static let fields: Set<String> = [
        "epoch", "state", "at", "exit", "reason", "environment", "submission", "isOver", "isLost", "record",
    ]
    package var epoch: Int
    package var state: SessionState
    package var at: Date
    package var exit: ProcessExit?
    package var reason: String?
    /// The environment's hash, once it is known.
    package var environment: String?
    /// How far a submission is, from the session that works on it.
    package var submission: SubmissionReport?
    /// Whether the process has ended and everything is said: a paused session then has no place any more.
    package var isOver: Bool?
    /// Whether nobody knows how the process ended, as after a restart of the node: what can go on from a checkpoint then may.
    package var isLost: Bool?
    /// What the session's code runs with, once it is known.
    package var record: EnvironmentRecord?

    package init(
        epoch: Int, state: SessionState, at: Date, exit: ProcessExit? = nil, reason: String? = nil, environment: String? = nil,
        submission: SubmissionReport? = nil, isOver: Bool? = nil, isLost: Bool? = nil, record: EnvironmentRecord? = nil
    ) {
        self.epoch = epoch
        self.state = state
        self.at = at
        self.exit = exit
        self.reason = reason
        self.environment = environment
        self.submission = submission
        self.isOver = isOver
        self.isLost = isLost
        self.record = record
    }
}

/// That a session is to save at its next safe point, end, and be resumed later.
package struct YieldRequest: Codable, Sendable, Hashable {
    package enum Cause: String, Codable, Sendable {
        /// Another session needs its place.
        case preempt
        /// Its user, or an administrator, wants a pause; where it cannot resume, it is held instead.
        case pause
    }

    package var cause: Cause
    /// How long saving and ending may take together.
    package var graceSeconds: Double
    /// To whom it gives way; nil for a pause.
    package var to: SessionName?

    package init(cause: Cause, graceSeconds: Double, to: SessionName? = nil) {
        self.cause = cause
        self.graceSeconds = graceSeconds
        self.to = to
    }
}

/// What the server wants of a supervisor.
package struct SupervisorCommand: Codable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case stop
        /// `body` is what the bound `infer` gets.
        case infer
        /// Save, end, and be queued again or paused.
        case yield
        /// The last `yield` is not wanted any more: go on, if the process has not been told to end.
        case keep
        /// Go on from where a pause has held the code.
        case release
        /// `body` is what the library's command of the name `parameters["command"]` gets; the answer may take as long as it takes.
        case question
        /// Ends the question whose number is `parameters["number"]`.
        case interrupt
        /// Start a shell, or a program, beside the process: `body` is a JSON list of words, `parameters["terminal"]` the terminal's kind,
        /// if it is to have one. What it prints goes to the shell of the command's number.
        case shell
    }

    package var number: Int64
    package var kind: Kind
    package var stop: StopRequest?
    package var yield: YieldRequest?
    package var contentType: String?
    package var parameters: [String: String]
    package var body: Data?

    package init(
        number: Int64, kind: Kind, stop: StopRequest? = nil, yield: YieldRequest? = nil, contentType: String? = nil,
        parameters: [String: String] = [:],
        body: Data? = nil
    ) {
        self.number = number
        self.kind = kind
        self.stop = stop
        self.yield = yield
        self.contentType = contentType
        self.parameters = parameters
        self.body = body
    }
}

/// The commands after the one that was asked for; empty when the wait ended without any.
package struct SupervisorCommands: Codable, Sendable {
    package var commands: [SupervisorCommand]
    package init(commands: [SupervisorCommand]) { self.commands = commands }
}

/// The answer of a session to an `infer` command.
package struct InferenceAnswer: Codable, Sendable {
    package var contentType: String
    package var body: Data
    package var failure: String?

    package init(contentType: String, body: Data, failure: String? = nil) {
        self.contentType = contentType
        self.body = body
        self.failure = failure
    }

    /// There is no answer; why.
    package init(failure: String) {
        self.init(contentType: "text/plain; charset=utf-8", body: Data(), failure: failure)
    }
}

/// What a supervisor posts when a checkpoint's content is with the server. `sequence` is the byte offset of the
/// checkpoint's line in the journal: the same one posted twice makes one checkpoint.
package struct NewCheckpoint: RequestBody {
    package static let fields: Set<String> = ["epoch", "sequence", "name", "time", "step", "summary", "manifest"]
    package var epoch: Int
    package var sequence: Int64
    package var name: CheckpointName
    package var time: Date
    package var step: Int64?
    package var summary: [String: MetricValue]
    package var manifest: Digest

    package init(
        epoch: Int, sequence: Int64, name: CheckpointName, time: Date, step: Int64?, summary: [String: MetricValue], manifest: Digest
    ) {
        self.epoch = epoch
        self.sequence = sequence
        self.name = name
        self.time = time
        self.step = step
        self.summary = summary
        self.manifest = manifest
    }
}
