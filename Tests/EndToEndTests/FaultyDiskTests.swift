import API
import Foundation
import TestSupport
import Testing

@Suite("A platform on a bad disk") struct FaultyDiskTests {
    @Test("a flush that fails ends the server with a status of its own; nothing that was confirmed is lost, nothing is doubled")
    func failedFlush() async throws {
        try await withTemporaryDirectory { fixture in
            let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/failing_disk.c").standardized
            let library = fixture.appending(path: "failing_disk.so").path
            let fault = fixture.appending(path: "fault")
            try #require(
                ChildProcess(["/usr/bin/env", "cc", "-shared", "-fPIC", "-o", library, source.path, "-ldl"]).waitUntilExit() == 0)
            try await withPlatform(variables: ["LD_PRELOAD": library, "FAILING_DISK": fault.path]) { platform in
                let session = try await platform.session(
                    """
                    import time
                    import nsml
                    for step in range(150):
                        nsml.report(step=step, loss=1 / (step + 1))
                        print("line", step, flush=True)
                        time.sleep(0.02)
                    """)
                try await platform.nsml("down", "--data", platform.data)
                let address = String(try #require(platform.url.split(separator: "//").last))
                async let server = platform.program.run(["server", "--data", platform.data, "--listen", address])
                try await eventually("the platform answers and has heard of the session") {
                    try await platform.program.run(["logs", session]).output.contains("line 3\n")
                }
                try Data().write(to: fault)
                #expect(try await platform.nsml("memo", session, "lost", status: 6).output.isEmpty)
                let ended = try await server
                #expect(ended.status == 74, "\(ended.errors)")
                #expect(ended.errors.contains("the disk has reported an error"))

                try FileManager.default.removeItem(at: fault)
                try await platform.nsml("up", "--data", platform.data, "--listen", address)
                try await platform.nsml("wait", session, "--timeout", "60")
                // What was not confirmed may have reached the disk or not, whichever of the server's flushes was the first to fail.
                #expect(["", "lost"].contains(try await platform.nsml("inspect", session, "--json").decoded(as: SessionRecord.self).memo))
                #expect(try await platform.nsml("logs", session).lines == (0..<150).map { "line \($0)" })
                #expect(try await platform.nsml("check").lines.last == "Everything is whole.")
            }
        }
    }

    @Test(
        "a full disk: training goes on, reading and removing work, and what it said arrives once there is room",
        .enabled(if: geteuid() == 0))
    func full() async throws {
        try await withTemporaryDirectory { fixture in
            let disk = fixture.appending(path: "disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            try #require(ChildProcess(["/usr/bin/env", "mount", "-t", "tmpfs", "-o", "size=200m", "none", disk.path]).waitUntilExit() == 0)
            defer { _ = try? ChildProcess(["/usr/bin/env", "umount", "-l", disk.path]).waitUntilExit() }
            try await withPlatform(["--disk-reserve", "5MB"], data: disk.appending(path: "data")) { platform in
                let early = try await platform.session(Code.hello)
                try await platform.nsml("wait", early, "--timeout", "60")
                let session = try await platform.session(
                    """
                    import time
                    import nsml
                    nsml.bind(save=lambda directory: open(directory + "/w", "w").write("1" * 1000), load=lambda directory: None)
                    done, step = False, 0
                    while not done:
                        nsml.report(step=step, loss=step, scope=globals())
                        print("line", step, flush=True)
                        step += 1
                        if step == 20:
                            nsml.save("twenty")
                        time.sleep(0.02)
                    """)
                try await eventually("output") { try await platform.nsml("logs", session).output.contains("line 3\n") }
                let filler = disk.appending(path: "filler")
                try fill(filler)
                let memo = String(repeating: "m", count: 9_000)
                var refused = try await platform.program.run(["memo", early, memo])
                var attempts = 1
                while refused.status == 0, attempts < 400 {
                    attempts += 1
                    refused = try await platform.program.run(["memo", early, "\(attempts)\(memo)"])
                }
                #expect(refused.status == 7 && refused.errors.contains("disk is full"))
                #expect(try await platform.nsml("ps", "-q").lines == [session])
                try await platform.nsml("rm", "--yes", early)
                #expect(try await platform.nsml("ps", "-a", "-q").lines == [session])

                try FileManager.default.removeItem(at: filler)
                try await eventually("the session hears us") { try await platform.program.run(["set", session, "done=True"]).status == 0 }
                try await platform.nsml("wait", session, "--timeout", "60")
                let lines = try await platform.nsml("logs", session).lines.filter { $0.hasPrefix("line") }
                #expect(lines.count > 5 && lines == (0..<lines.count).map { "line \($0)" })
                #expect(try await platform.nsml("check", "--read-data").lines.last == "Everything is whole.")
            }
        }
    }

    /// Takes all the room that a disk has.
    private func fill(_ file: URL) throws {
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        for size in [1 << 20, 4096] {
            while (try? handle.write(contentsOf: Data(repeating: 0, count: size))) != nil {}
        }
    }

    @Test("a damaged database is read and not written, and the platform says so")
    func damaged() async throws {
        try await withPlatform { platform in
            let folder = try platform.folder(["train/a": "first"])
            try await platform.nsml("dataset", "push", "mnist", folder.path)
            let session = try await platform.session(Code.hello)
            try await platform.nsml("wait", session, "--timeout", "60")
            let backups = platform.directory.appending(path: "backups").path
            try await platform.nsml("backup", backups, "--data", platform.data)
            let good = try await platform.nsml("backup", backups, "--list").lines
            try await platform.nsml("down", "--data", platform.data)

            // The last page belongs to an index or a small table: enough to doubt the rest.
            let file = try FileHandle(forUpdating: URL(filePath: "\(platform.data)/nsml.sqlite"))
            try file.seek(toOffset: try file.seekToEnd() - 4096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 4096))
            try file.close()

            let address = String(try #require(platform.url.split(separator: "//").last))
            try await platform.nsml("up", "--data", platform.data, "--listen", address)
            #expect(try await platform.nsml("status").output.contains("the platform is read-only: its database is damaged"))
            #expect(try await platform.nsml("dataset", "ls", "-q").lines == ["mnist"])
            #expect(try await platform.nsml("ps", "-a", "-q").lines == [session])
            let refused = try await platform.nsml("memo", session, "new", status: 6)
            #expect(refused.errors.contains("read-only") && refused.errors.contains("restore a backup"))
            let backup = try await platform.nsml("backup", backups, "--data", platform.data, "--keep", "1", status: 1)
            #expect(backup.errors.contains("the platform's database is damaged"))
            #expect(try await platform.nsml("backup", backups, "--list").lines == good)
            try await platform.nsml("down", "--data", platform.data)
            try await platform.nsml("check", "--data", platform.data, status: 1)
        }
    }
}
