package import API
import Foundation
import Glibc

extension Sandbox {
    private static let missingHint =
        "sessions see this machine's files and processes: install bubblewrap, as in 'apt-get install bubblewrap'"

    /// What this machine can do to wall sessions off, found out by doing it, and what it cannot, for people.
    ///
    /// - Parameter userId: as which user sessions will run, when the caller is root; nil: as the caller.
    package static func detect(userId: UInt32?) async -> (kind: SessionPlan.Sandbox, notes: [String]) {
        let groups = ControlGroups.detect()
        let host = HostLayout.detect()
        guard access(host.bubblewrap, X_OK) == 0 else {
            return (.none, ["there is no sandbox, since bubblewrap is not installed; \(missingHint)"] + groups.notes)
        }
        guard geteuid() != 0 || userId != nil else {
            return (.none, ["there is no sandbox, since bubblewrap is never started as root and no other user is set"] + groups.notes)
        }
        let sandbox = Sandbox(kind: .bubblewrap, host: host, isStaged: geteuid() == 0)
        do {
            try await sandbox.tryOut(userId: userId)
            return (.bubblewrap, groups.notes)
        } catch {
            return (
                .none,
                ["there is no sandbox, since bubblewrap does not work here: \(error); sessions see this machine's files"] + groups.notes
            )
        }
    }

    private func tryOut(userId: UInt32?) async throws {
        let command = command(
            ["/bin/true"],
            contents: Contents(
                mounts: [Mount(source: "/usr/share", target: "/data/try", kind: .readOnly)], network: false, sharedMemoryBytes: 1 << 20,
                workingDirectory: "/", userId: userId ?? geteuid(), groupId: userId ?? getegid()))
        let launch = LaunchRecord(
            epoch: 0, arguments: command.arguments, environment: ["PATH=/usr/bin:/bin"], workingDirectory: "/", userId: userId,
            sandbox: kind, groups: nil, data: command.data, stage: command.stage, staged: command.staged)
        let output = FileManager.default.temporaryDirectory.appending(path: "nsml-sandbox-\(UUID().uuidString)").path
        // Only what was printed is lost with it.
        defer { unlink(output) }
        let status = try await onOwnThread { Tool.wait(for: try launch.start(output: output)) }
        guard status == 0 else {
            let said = String(decoding: OutputNotes(path: output).read(from: 0), as: UTF8.self)
            throw Failure(.unavailable, said.split(separator: "\n").last.map(String.init) ?? "it ended with status \(status)")
        }
    }
}
