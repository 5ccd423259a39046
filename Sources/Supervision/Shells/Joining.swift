import CLinux
import Glibc

/// A program to start beside a session's process: in its namespaces and control groups, with no more rights than it has. It ends with
/// the thread that starts it.
struct Joining: Sendable {
    /// The program's path, then its arguments, as they are called in there.
    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]
    var directory: String
    var input: Int32
    var output: Int32
    var errors: Int32
    /// Whether the three are a terminal, which becomes the one that controls it.
    var isTerminal: Bool
    var groupFiles: [String]
    /// Whose namespaces it enters; nil: it enters none, and keeps what rights it has.
    var process: Int32?
    var userId: UInt32?
    var mask: UInt32

    /// What was started.
    struct Started: Sendable {
        /// The process to wait for.
        var waiter: pid_t
        /// The program itself, leader of a session and a process group.
        var program: pid_t
    }

    func start() throws -> Started {
        var namespaces = [Int32](repeating: -1, count: Int(nsml_namespace_count))
        if let process {
            try SystemError.check("look at process \(process)") { nsml_open_namespaces(process, &namespaces) }
        }
        defer { namespaces.filter { $0 >= 0 }.forEach { close($0) } }
        let texts = CStrings()
        defer { texts.free() }
        let lists = (texts.list(arguments), texts.list(environment), texts.list(groupFiles))
        var request = nsml_join_request()
        request.path = texts.add(arguments.first ?? "").map { UnsafePointer($0) }
        request.directory = texts.add(directory).map { UnsafePointer($0) }
        (request.input, request.output, request.error) = (input, output, errors)
        request.is_terminal = isTerminal ? 1 : 0
        request.user_id = userId.map(Int64.init) ?? -1
        request.group_id = userId.map(Int64.init) ?? -1
        request.drops_rights = process == nil ? 0 : 1
        request.mask = mask
        let result = lists.0.withUnsafeBufferPointer { arguments in
            lists.1.withUnsafeBufferPointer { environment in
                lists.2.withUnsafeBufferPointer { groups in
                    namespaces.withUnsafeBufferPointer { namespaces in
                        request.arguments = arguments.baseAddress
                        request.environment = environment.baseAddress
                        request.groups = UnsafeRawPointer(groups.baseAddress)?.assumingMemoryBound(to: UnsafePointer<CChar>?.self)
                        if process != nil { request.namespaces = namespaces.baseAddress }
                        return nsml_join(&request)
                    }
                }
            }
        }
        guard result.error == 0 else { throw SpawnFailure(step: result.step, code: result.error, program: arguments.first ?? "") }
        return Started(waiter: result.pid, program: result.program)
    }
}
