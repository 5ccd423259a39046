import API
import Foundation
import Testing

@Suite("Backup and restore, from outside") struct BackupVerbTests {
    @Test("a platform that is copied while it trains, and lost, is had again with all that it held")
    func disaster() async throws {
        try await withPlatform { platform in
            try await platform.nsml("dataset", "push", "mnist", try platform.folder(["train/a": "first", "train/b": "second"]).path)
            let done = try await platform.session(Code.model, options: ["-d", "mnist"])
            try await platform.nsml("wait", done, "--timeout", "60")
            let running = try await platform.session(
                """
                import time, nsml
                nsml.bind(save=lambda directory: open(directory + "/w", "w").write("1"), load=lambda directory: None)
                nsml.report(step=1, loss=0.5)
                nsml.save("first")
                print("begun", flush=True)
                while True:
                    time.sleep(0.1)
                """)
            try await eventually("a checkpoint") { try await platform.nsml("model", "ls", running).output.contains("first") }
            let models = try await platform.nsml("model", "ls", done, "--json").output

            let backups = platform.directory.appending(path: "backups").path
            struct Backup: Decodable {
                var name: String
                var newContentCount: Int
                var missingContent: [String]
            }
            let first = try await platform.nsml("backup", backups, "--data", platform.data, "--copy", "--json").decoded(as: Backup.self)
            #expect(first.newContentCount > 5 && first.missingContent.isEmpty)
            // What comes later is in the later one, which carries nothing else; the earlier one is forgotten.
            try await platform.nsml("dataset", "push", "late", try platform.folder(["train/c": "third"]).path)
            try await eventually("another second") { BackupTime.now != first.name }
            let second = try await platform.nsml("backup", backups, "--data", platform.data, "--keep", "1", "--json")
                .decoded(as: Backup.self)
            #expect((1...3).contains(second.newContentCount) && second.name > first.name)
            let database = try FileManager.default.attributesOfItem(atPath: "\(backups)/\(second.name)/nsml.sqlite")
            #expect(database[.posixPermissions] as? Int == 0o600)
            try await platform.nsml("check", "--data", "\(backups)/\(second.name)", status: 5)
            #expect(try await platform.nsml("backup", backups, "--list").lines.map { $0.prefix(18) } == [second.name.prefix(18)])

            // The end of the world.
            try await platform.nsml("rm", "-f", running)
            try await platform.nsml("down", "--data", platform.data)
            try FileManager.default.removeItem(atPath: platform.data)

            try await platform.nsml("restore", backups, "--data", platform.data, "--at", "1999", status: 4)
            try await platform.nsml("restore", platform.directory.path, "--data", platform.data, status: 4)
            try await platform.nsml("restore", backups, "--data", backups, status: 5)
            let restored = try await platform.nsml("restore", backups, "--data", platform.data)
            #expect(restored.lines.contains("1 session that ran then has failed"), "\(restored)")
            #expect(try await platform.nsml("check", "--data", platform.data, "--read-data").lines.last == "Everything is whole.")
            let address = try #require(platform.url.split(separator: "//").last)
            try await platform.nsml("up", "--data", platform.data, "--listen", String(address))

            #expect(Set(try await platform.nsml("dataset", "ls", "-q").lines) == ["mnist", "late"])
            let lost = try await platform.nsml("inspect", running, "--json").decoded(as: SessionRecord.self)
            #expect(lost.state == .failed && lost.reason?.hasPrefix("the platform was restored from a backup of 20") == true)
            #expect(try await platform.nsml("logs", running).output == "begun\n")
            #expect(try await platform.nsml("model", "ls", done, "--json").output == models)
            try await platform.nsml("model", "pull", done, "2", platform.directory.appending(path: "pulled").path)
            let next = try await platform.session(Code.hello, options: ["-d", "mnist"])
            #expect(next.hasSuffix("/mnist/2"))
            try await platform.nsml("wait", next, "--timeout", "60")
            #expect(try await platform.nsml("infer", done, "2", input: "me").output.contains("epoch 2 heard"))
        }
    }
}

/// As backups are named.
private enum BackupTime {
    static var now: String {
        let parts = ISO8601DateFormatter().string(from: Date()).split(separator: "T")
        return "\(parts[0])T\(parts[1].filter { $0 != ":" })"
    }
}
