import CLinux
import Glibc
import Synchronization

extension LaunchRecord {
    /// Starts the program, its output appended to the file `output`. The caller has to wait for it.
    func start(output path: String) throws -> pid_t {
        let input = try SystemError.check("open /dev/null") { Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer { close(input) }
        let output = try SystemError.check("open \(path)") { Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600) }
        defer { close(output) }
        var kept: [nsml_kept] = []
        defer { kept.forEach { close($0.descriptor) } }
        for made in data { kept.append(nsml_kept(descriptor: try Self.open(made), number: made.descriptor)) }
        if let stage { mkdir(stage, 0o755) }
        return try Spawning(
            arguments: arguments, environment: environment, directory: workingDirectory ?? "/", input: input, output: output, kept: kept,
            groupFiles: groups?.joinFiles ?? [], stage: stage, staged: staged, userId: userId, mask: mask
        ).start()
    }

    /// Runs the program to its end, its output appended to the file `output`: the exit status, or 128 and the signal. Cancelling
    /// kills it with its process group.
    func run(output path: String) async throws -> Int32 {
        let child = Mutex<pid_t>(0)
        return try await withTaskCancellationHandler {
            try await onOwnThread {
                let started = try start(output: path)
                child.withLock { $0 = started }
                defer { child.withLock { $0 = 0 } }
                return Tool.wait(for: started)
            }
        } onCancel: {
            // Of its own session: the group has its number.
            child.withLock { if $0 > 0 { kill(-$0, SIGKILL) } }
        }
    }

    private static func open(_ data: DataDescriptor) throws -> Int32 {
        try SystemError.check("make a file in memory") {
            switch data.content {
            case .text(let text): nsml_memory_file("nsml", text, text.utf8.count)
            case .systemCallFilter: systemCallFilter()
            }
        }
    }

    private static func systemCallFilter() -> Int32 {
        var length = 0
        let filter = nsml_seccomp_filter(&length)
        return nsml_memory_file("filter", filter, length)
    }
}
