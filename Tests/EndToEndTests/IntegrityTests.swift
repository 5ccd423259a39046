import API
import Foundation
import TestSupport
import Testing

@Suite("Integrity, from outside") struct IntegrityVerbTests {
    @Test("check finds a flipped bit, pull never hands it out, pushing heals it; audit tells of it all")
    func checkAndAudit() async throws {
        try await withPlatform { platform in
            let folder = try platform.folder(["train/a": "first", "train/b": "second"])
            try await platform.nsml("dataset", "push", "mnist", folder.path)
            #expect(try await platform.nsml("check", "--read-data").lines.last == "Everything is whole.")

            // The SHA-256 of `second`.
            let digest = "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4"
            let file = "\(platform.data)/content/\(digest.prefix(2))/\(digest.dropFirst(2))"
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            try "sfcond".write(toFile: file, atomically: false, encoding: .utf8)
            #expect(try await platform.nsml("check").lines.last == "Everything is whole.")
            let found = try await platform.nsml("check", "--read-data-subset", "100%", status: 1)
            #expect(found.lines.contains("manifest: dataset mnist@1: 'train/b' is damaged; push the same files again"))
            let pull = try await platform.nsml("dataset", "pull", "mnist", platform.directory.appending(path: "out").path, status: 1)
            #expect(pull.errors.contains("the stored content of 'train/b' is damaged"))
            try await platform.nsml("dataset", "push", "-f", "mnist", folder.path)
            #expect(try await platform.nsml("check", "--read-data", "--json").decoded(as: CheckRecord.self).findingCount == 0)

            let entries = try await platform.nsml("audit", "--action", "dataset *", "--json").decoded(as: [AuditEntry].self)
            #expect(entries.map(\.object) == ["mnist@1", "mnist@1"] && entries.allSatisfy { $0.address == "127.0.0.1" })
            #expect(try await platform.nsml("audit", "-n", "1").lines.count == 3)
            try await platform.nsml("check", "--read-data-subset", "200", status: 2)
            try await platform.nsml("check", "--data", platform.data, status: 5)
            try await platform.nsml("down", "--data", platform.data)
            #expect(try await platform.nsml("check", "--data", platform.data, "--read-data").lines.last == "Everything is whole.")
            try await platform.nsml("check", "--data", platform.directory.appending(path: "absent").path, status: 4)
        }
    }
}
