import CLinux
import Glibc

/// A child process to start. The child gets no descriptor but those named here, and default signal handling.
struct Spawning {
    /// The program's path, then its arguments.
    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]
    var directory: String?
    var input: Int32
    var output: Int32
    /// Further descriptors, and the numbers under which the child has them.
    var kept: [nsml_kept] = []
    var groupFiles: [String] = []
    var stage: String?
    var staged: [LaunchRecord.StagedMount] = []
    var userId: UInt32?
    var diesWithParent = true
    var mask: UInt32 = 0o077

    /// Starts it; the caller has to wait for it. Throws what a person can read.
    func start() throws(SpawnFailure) -> pid_t {
        let texts = CStrings()
        defer { texts.free() }
        let argumentList = texts.list(arguments)
        let environmentList = texts.list(environment)
        let groupList = texts.list(groupFiles)
        let mounts = staged.map { mount in
            nsml_mount(source: texts.add(mount.source), target: texts.add(mount.target), is_directory: mount.isDirectory ? 1 : 0)
        }
        var request = nsml_spawn_request()
        request.path = texts.add(arguments.first ?? "").map { UnsafePointer($0) }
        request.directory = directory.flatMap { texts.add($0) }.map { UnsafePointer($0) }
        request.stage = stage.flatMap { texts.add($0) }.map { UnsafePointer($0) }
        request.input = input
        request.output = output
        request.user_id = userId.map(Int64.init) ?? -1
        request.group_id = userId.map(Int64.init) ?? -1
        request.dies_with_parent = diesWithParent ? 1 : 0
        request.mask = mask
        let result = argumentList.withUnsafeBufferPointer { arguments in
            environmentList.withUnsafeBufferPointer { environment in
                groupList.withUnsafeBufferPointer { groups in
                    kept.withUnsafeBufferPointer { kept in
                        mounts.withUnsafeBufferPointer { mounts in
                            request.arguments = arguments.baseAddress
                            request.environment = environment.baseAddress
                            request.groups = UnsafeRawPointer(groups.baseAddress)?.assumingMemoryBound(to: UnsafePointer<CChar>?.self)
                            (request.kept, request.kept_count) = (kept.baseAddress, kept.count)
                            (request.mounts, request.mount_count) = (mounts.baseAddress, mounts.count)
                            return nsml_spawn(&request)
                        }
                    }
                }
            }
        }
        guard result.pid >= 0 else { throw SpawnFailure(step: result.step, code: result.error, program: arguments.first ?? "") }
        return result.pid
    }

    /// `NAME=VALUE` for each, sorted, so that the same environment gives the same list.
    static func settings(_ variables: [String: String]) -> [String] {
        variables.map { "\($0.key)=\($0.value)" }.sorted()
    }
}

/// Why a process could not be started.
struct SpawnFailure: Error, CustomStringConvertible {
    var step: nsml_spawn_step
    var code: Int32
    var program: String

    var description: String {
        let reason = String(cString: strerror(code))
        return switch step {
        case nsml_step_fork: "no process could be started: \(reason)"
        case nsml_step_group: "the process could not join its control group: \(reason)"
        case nsml_step_mount: "what the sandbox is made of could not be mounted: \(reason)"
        case nsml_step_namespace: "the session's sandbox could not be entered: \(reason)"
        case nsml_step_user: "the process could not become the session's user: \(reason)"
        case nsml_step_descriptors: "the process could not get its terminal: \(reason)"
        case nsml_step_directory: "the working directory could not be entered: \(reason)"
        case nsml_step_exec: "\(program) could not be started: \(reason)"
        default: "the process could not be started: \(reason)"
        }
    }
}

/// C strings that live until they are freed together.
final class CStrings {
    private var pointers: [UnsafeMutablePointer<CChar>?] = []

    func add(_ text: String) -> UnsafeMutablePointer<CChar>? {
        let copy = strdup(text)
        pointers.append(copy)
        return copy
    }

    /// The strings, and NULL.
    func list(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { add($0) } + [nil] }

    func free() { pointers.forEach { Glibc.free($0) } }
}
