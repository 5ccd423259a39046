import API
import Foundation

/// What a shim is to start: `launch.json`. Written by the supervisor before it starts the shim.
struct LaunchRecord: Codable, Sendable, Equatable {
    var epoch: Int
    /// The program's absolute path, then its arguments.
    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]
    /// Where it starts; nil: at `/`.
    var workingDirectory: String?
    /// Whom to become first; nil: nobody else.
    var userId: UInt32?
    var sandbox: SessionPlan.Sandbox
    var groups: ControlGroups.Session?
    /// Files whose content the program finds under descriptor numbers: `--ro-bind-data 9` and the like.
    var data: [DataDescriptor] = []
    /// A directory, and what appears in it for the program alone, before it becomes `userId`; nil: nothing does.
    var stage: String?
    var staged: [StagedMount] = []
    /// The permissions that the program's new files lack.
    var mask: UInt32 = 0o077
    /// Locks to hold shared while the program runs: those of its environment and of its data, which are then not removed.
    var locks: [String]?
    /// What to start when the script does not take what the platform has added to its arguments; nil: nothing was added.
    var plain: Plain?

    struct Plain: Codable, Sendable, Equatable {
        var arguments: [String]
        /// What these lack.
        var without: [String]
    }

    struct StagedMount: Codable, Sendable, Equatable {
        var source: String
        var target: String
        var isDirectory: Bool
    }

    struct DataDescriptor: Codable, Sendable, Equatable {
        enum Content: Codable, Sendable, Equatable {
            case text(String)
            /// The filter of system calls.
            case systemCallFilter
        }

        /// Its number in the program.
        var descriptor: Int32
        var content: Content
    }
}

/// Which process a shim is: `shim.json`. Written before the session's process is started, so that it is never started
/// twice, and again when it has started.
struct ShimRecord: Codable, Sendable, Equatable {
    var epoch: Int
    var shim: ProcessIdentity
    /// The process that the shim has started, and which it waits for.
    var process: ProcessIdentity?
    var startedAt: Date
}

/// How the session's process ended: `exit.json`.
struct ExitRecord: Codable, Sendable, Equatable {
    var epoch: Int
    var exitCode: Int?
    var signal: Int?
    var outOfMemory: Bool
    var memoryPeakBytes: Int64?
    /// Why the process could not be started at all.
    var startFailure: String?
    var endedAt: Date

    var processExit: ProcessExit? {
        guard startFailure == nil else { return nil }
        return ProcessExit(exitCode: exitCode, signal: signal, outOfMemory: outOfMemory, memoryPeakBytes: memoryPeakBytes)
    }
}
