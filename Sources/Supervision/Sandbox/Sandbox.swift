import API

/// How a session's process is walled off: a pure function from what it shall see to the program that is started.
///
/// In `bubblewrap` the process has namespaces of its own and a file system made of an explicit list: the system's
/// programs read-only, its own code, the shared directory and /tmp writable, its datasets read-only, its devices, and
/// nothing else. In `none` it runs as it is, in the directories where they lie.
///
/// Bubblewrap is never started by root, because user 0 inside would be user 0 outside (rule E1). When the supervisor is
/// root, the shim becomes the session's user first. That user need not reach the server's directories: before the change,
/// what the sandbox is made of is put on a stage, a directory in a mount namespace of the process's own.
package struct Sandbox: Sendable {
    /// Something of this machine that appears in the sandbox.
    struct Mount: Sendable, Equatable {
        enum Kind: Sendable {
            case readOnly, writable, device
        }

        var source: String
        /// Its path inside.
        var target: String
        var kind: Kind
        var isDirectory = true
    }

    /// What the process shall see and may do.
    struct Contents: Sendable {
        var mounts: [Mount]
        var network: Bool
        var sharedMemoryBytes: Int64
        /// Inside: where it starts.
        var workingDirectory: String
        /// Who it is inside.
        var userId: UInt32
        var groupId: UInt32
        /// Whether more calls than usual are refused; building software needs some of them.
        var filtersSystemCalls = true
    }

    /// A program to start, as the shim takes it.
    struct Command: Sendable, Equatable {
        var arguments: [String]
        var workingDirectory: String?
        var data: [LaunchRecord.DataDescriptor] = []
        /// Where `staged` appear; nil: nothing is staged.
        var stage: String?
        var staged: [LaunchRecord.StagedMount] = []
    }

    /// Where mounts are staged; the directory itself stays empty.
    static let stage = "/run/nsml-stage"
    private static let passwdDescriptor: Int32 = 1000
    private static let groupDescriptor: Int32 = 1001
    private static let filterDescriptor: Int32 = 1002

    var kind: SessionPlan.Sandbox
    var host: HostLayout
    /// Whether mounts are put on the stage, which root does for a session with a user of its own.
    var isStaged: Bool

    /// The command that runs `program` (path and arguments as the process sees them) in this sandbox.
    func command(_ program: [String], contents: Contents) -> Command {
        switch kind {
        case .none: Command(arguments: program, workingDirectory: contents.workingDirectory)
        case .bubblewrap: bubblewrap(program, contents: contents)
        }
    }

    private func bubblewrap(_ program: [String], contents: Contents) -> Command {
        var command = Command(arguments: [host.bubblewrap], workingDirectory: "/", stage: isStaged ? Self.stage : nil)
        command.arguments += ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        // Its environment is given to bubblewrap itself, which hands it on: arguments would be seen by everybody in `ps`.
        command.arguments += ["--hostname", "nsml"]
        if contents.network { command.arguments.append("--share-net") }
        command.arguments += systemArguments(network: contents.network)
        command.arguments += ["--proc", "/proc", "--dev", "/dev"]
        command.arguments += ["--size", "\(contents.sharedMemoryBytes)", "--tmpfs", "/dev/shm"]
        command.arguments += ["--perms", "1777", "--tmpfs", "/tmp", "--dir", SessionPaths.sandboxHome]
        addIdentity(contents, to: &command)
        for mount in contents.mounts { add(mount, to: &command) }
        if contents.filtersSystemCalls {
            command.arguments += ["--seccomp", "\(Self.filterDescriptor)"]
            command.data.append(.init(descriptor: Self.filterDescriptor, content: .systemCallFilter))
        }
        command.arguments += ["--chdir", contents.workingDirectory, "--"] + program
        return command
    }

    /// The system's programs and libraries, and the files of /etc that they read.
    private func systemArguments(network: Bool) -> [String] {
        var arguments = ["--ro-bind", "/usr", "/usr"]
        for (path, place) in host.system.sorted(by: { $0.key < $1.key }) {
            switch place {
            case .link(let target): arguments += ["--symlink", target, path]
            case .directory: arguments += ["--ro-bind", path, path]
            }
        }
        for path in host.settings + (network ? host.networkSettings : []) { arguments += ["--ro-bind", path, path] }
        return arguments
    }

    private func addIdentity(_ contents: Contents, to command: inout Command) {
        let home = SessionPaths.sandboxHome
        let passwd = "nsml:x:\(contents.userId):\(contents.groupId):nsml:\(home):/bin/sh\n"
        let group = "nsml:x:\(contents.groupId):\n"
        command.data += [
            .init(descriptor: Self.passwdDescriptor, content: .text(passwd)),
            .init(descriptor: Self.groupDescriptor, content: .text(group)),
        ]
        command.arguments += ["--ro-bind-data", "\(Self.passwdDescriptor)", "/etc/passwd"]
        command.arguments += ["--ro-bind-data", "\(Self.groupDescriptor)", "/etc/group"]
    }

    private func add(_ mount: Mount, to command: inout Command) {
        var source = mount.source
        if isStaged, mount.kind != .device {
            source = "\(Self.stage)/\(command.staged.count)"
            command.staged.append(.init(source: mount.source, target: source, isDirectory: mount.isDirectory))
        }
        switch mount.kind {
        case .readOnly: command.arguments += ["--ro-bind", source, mount.target]
        case .writable: command.arguments += ["--bind", source, mount.target]
        case .device: command.arguments += ["--dev-bind", source, mount.target]
        }
    }
}
