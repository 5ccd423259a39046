import API
import Foundation
import Glibc

/// Starts this program again in the background: in a session of its own, with its output in a file, so that it outlives the
/// command and the terminal.
enum Background {
    /// `POSIX_SPAWN_SETSID` of glibc, which Swift's module does not show.
    private static let newSession: Int16 = 0x80

    /// The child's process id.
    static func start(arguments: [String], logPath: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores or blocks is its own matter.
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        keepDescriptors()
        let program = "/proc/self/exe"
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(program, &path, Int(PATH_MAX))
        let executable = length > 0 ? String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : program
        var words: [UnsafeMutablePointer<CChar>?] = (["nsml"] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, executable, &actions, &attributes, words, environ)
        guard status == 0 else {
            throw Failure(.localError, "cannot start '\(executable)': \(String(cString: strerror(status)))")
        }
        return pid
    }

    /// Whoever waits for the end of this command by a pipe, as shells and other programs do, must not wait for the server's too:
    /// from here on no child inherits anything but its standard streams.
    private static func keepDescriptors() {
        // Without /proc there is nothing to list, and nothing worse happens than somebody's waiting.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in names.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// How a child of ours has ended, 128 and the signal where one ended it; nil while it lives.
    static func exitStatus(_ pid: pid_t) -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
