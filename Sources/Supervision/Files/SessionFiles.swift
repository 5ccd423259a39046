import API
import Foundation
import Glibc

/// Where everything of one session lies on its node: DIRECTORY is DATA/sessions/ID.
///
///     plan.json         what to run (`SessionPlan`), written by the server before it starts the supervisor
///     token-EPOCH       the session's own token for one placement, taken away by its supervisor when everything is said
///     supervisor.log    what the supervisor says for its operators
///     supervisor.lock   locked while a supervisor lives
///     launch.json       what the shim is to start (`LaunchRecord`), written before it is started
///     shim.lock         locked while the shim lives
///     shim.json         who the shim is (`ShimRecord`)
///     exit.json         how the process ended (`ExitRecord`)
///     shipped.json      how far the supervisor has come (`ShippedRecord`)
///     removed           there when the session is being removed: nothing is to run any more
///     checkpoints.json  the checkpoints that the server has, and their manifests (`KnownCheckpoints`)
///     output.log        standard output and error of the process, raw
///     usage.ndjson      what the session uses, a line for each look at it (`UsageWatch`)
///     code/             the workspace, the session's own copy
///     output/           for large results, when the session asked for it
///     tmp/              temporary files where there is no sandbox
///     staging/          the supervisor's own: checkpoints on their way, trees being laid out, what is to be deleted
///     share/            what the session's process and the supervisor share, see `Share`
struct SessionFiles: Sendable {
    var directory: String

    init(directory: String) { self.directory = directory }

    var plan: String { path("plan.json") }
    func token(epoch: Int) -> String { path("token-\(epoch)") }
    var supervisorLog: String { path("supervisor.log") }
    var supervisorLock: String { path("supervisor.lock") }
    var launch: String { path("launch.json") }
    var shimLock: String { path("shim.lock") }
    var shim: String { path("shim.json") }
    var exit: String { path("exit.json") }
    var shipped: String { path("shipped.json") }
    var removalMark: String { path(SessionPlan.removalMark) }
    var checkpoints: String { path("checkpoints.json") }
    var output: String { path("output.log") }
    var usage: String { path(Self.usageName) }
    static let usageName = "usage.ndjson"
    var code: String { path("code") }
    var outputDirectory: String { path("output") }
    var temporary: String { path("tmp") }
    var staging: String { path("staging") }
    var share: String { path(Share.directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// Whether the session is being removed. Looked at after a lock was taken: then whoever removes it sees the lock, or we the mark.
    var isBeingRemoved: Bool { access(removalMark, F_OK) == 0 }
}

/// Names in the directory that the session's process and the supervisor share.
enum Share {
    static let directory = "share"
    static let journal = "journal.ndjson"
    static let controlSocket = "control.sock"
    static let supervisorSocket = "supervisor.sock"
    /// The changes by hand that the library makes again, a list of `ReplayedChange`.
    static let replay = "replay.json"
    static let checkpoints = "checkpoints"
    static let loads = "loads"
    /// How far a submission is, and its predictions.
    static let submission = "submission"
    static let prediction = "prediction"
    /// The checkpoint that the plan names, below `loads`.
    static let initialLoad = "initial"
}

extension SessionStream {
    /// What is followed in the session's directory; the journal in that which it shares.
    var fileName: String {
        switch self {
        case .journal: Share.journal
        case .output: "output.log"
        case .usage: SessionFiles.usageName
        }
    }
}
