import API
import Content
import Foundation
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Platform

@Suite("The check of all that is kept")
struct CheckTests {
    /// Runs a check to its end.
    private func check(_ fixture: PlatformFixture, percent: Double = 0) async throws -> CheckRecord {
        _ = try fixture.platform.checks.start(CheckRequest(readPercent: percent))
        while true {
            let record = try await fixture.platform.checks.get(waitSeconds: 10)
            if record.state != .running { return record }
        }
    }

    private func file(_ digest: Digest, _ fixture: PlatformFixture) -> URL {
        fixture.directory.appending(path: "content/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))")
    }

    private func flip(_ digest: Digest, _ fixture: PlatformFixture) throws {
        let url = file(digest, fixture)
        chmod(url.path, 0o644)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count / 2] ^= 4
        try bytes.write(to: url)
    }

    @Test("finds nothing on a platform that is well, and counts what there is")
    func well() async throws {
        try await withPlatform { fixture in
            _ = try await fixture.run(by: fixture.alice)
            let record = try await check(fixture, percent: 100)
            #expect(record.state == .finished && record.findings == [])
            #expect(record.contentCount == 2 && record.readCount == 2 && record.manifestCount == 1)
            #expect(record.doneBytes == record.contentBytes)
            #expect(record.auditEntries > 0 && record.auditHash?.count == 64)
        }
    }

    @Test("names what was damaged and what needs it, gives it to nobody, and is content once it was sent again")
    func damage() async throws {
        try await withPlatform { fixture in
            let manifest = try await fixture.push(["a": "first", "b/c": "second"], by: fixture.alice)
            let dataset = try DatasetName(parsing: "mnist")
            _ = try await fixture.platform.datasets.add(
                NewDatasetVersion(manifest: manifest, overwrite: false), to: dataset, by: fixture.alice)
            let digest = Digest(of: Array("second".utf8))
            try flip(digest, fixture)
            #expect(try await check(fixture).findings == [])
            let found = try await check(fixture, percent: 100)
            #expect(
                found.findings == [
                    CheckFinding(.content, "content \(digest)", "damaged, and put aside now; push the same files again"),
                    CheckFinding(.manifest, "dataset mnist@1", "'b/c' is damaged; push the same files again"),
                ])
            let failure = #expect(throws: Failure.self) {
                _ = try fixture.platform.contents.pack(DigestList(digests: [digest]), of: manifest)
            }
            #expect(failure?.code == .corruptContent && failure?.message == "the stored content of 'b/c' is damaged")
            #expect(try await fixture.platform.nodes.status().notes.contains { $0.hasPrefix("1 piece of content damaged") })

            let list = DigestList(digests: [digest])
            #expect(try await fixture.platform.contents.missing(list, for: fixture.alice).digests == [digest])
            _ = try await fixture.push(["a": "first", "b/c": "second"], by: fixture.alice)
            #expect(try await check(fixture, percent: 100).findings == [])
        }
    }

    @Test("names what is missing, of the wrong length, and without a row")
    func missing() async throws {
        try await withPlatform { fixture in
            let session = try await fixture.run(by: fixture.alice)
            let code = Digest(of: Array("print('hello')".utf8))
            try FileManager.default.removeItem(at: file(code, fixture))
            let stray = Digest(of: [9] as [UInt8])
            try Data([9]).write(to: file(stray, fixture))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7_200)], ofItemAtPath: file(stray, fixture).path)
            let findings = try await check(fixture).findings
            #expect(findings.contains(CheckFinding(.content, "content \(code)", "its file is missing; push the same files again")))
            #expect(findings.contains(CheckFinding(.content, "content \(stray)", "nothing refers to it; the scrub removes it")))
            #expect(
                findings.contains(
                    CheckFinding(.manifest, "code of session \(session.name)", "'main.py' is missing; push the same files again")))
            #expect(findings.count == 3)
            try Data([1, 2]).write(to: file(code, fixture))
            #expect(try await check(fixture).findings.contains { $0.problem == "it has 2 bytes and should have 14" })
        }
    }

    @Test("one at a time, and it can be ended")
    func single() async throws {
        try await withPlatform { fixture in
            let none = await #expect(throws: Failure.self) { _ = try await fixture.platform.checks.get(waitSeconds: 0) }
            #expect(none?.code == .notFound)
            _ = try fixture.platform.checks.start(CheckRequest(readPercent: 100))
            let second = #expect(throws: Failure.self) { _ = try fixture.platform.checks.start(CheckRequest(readPercent: 0)) }
            #expect(second?.code == .wrongState)
            _ = try fixture.platform.checks.cancel()
            var record = try await fixture.platform.checks.get(waitSeconds: 10)
            while record.state == .running { record = try await fixture.platform.checks.get(waitSeconds: 10) }
            #expect([.cancelled, .finished].contains(record.state))
            #expect(throws: Failure.self) { _ = try fixture.platform.checks.start(CheckRequest(readPercent: 101)) }
        }
    }
}

@Suite("The scrub")
struct ScrubTests {
    /// Rests as long as it was told, in no time.
    private final class Rests: Sendable {
        let all = Mutex<[Duration]>([])
    }

    @Test("finds what is damaged, rests in proportion, begins the next pass a day later, and removes what no row knows")
    func passes() async throws {
        try await withTemporaryDirectory { directory in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let data = try DataDirectory(directory)
            let store = try Store(directory: directory, logger: logger)
            let content = try ContentStore(directory: data.content)
            let kept = try content.put([1, 2, 3])
            let damaged = try content.put([4, 5, 6])
            let stray = try content.put([7])
            try await store.write { transaction in
                try transaction.insertUser(UserRecord(name: UserName(parsing: "alice"), role: .user, createdAt: Date()))
                try transaction.addContent(
                    [(digest: kept, bytes: 3), (digest: damaged, bytes: 3)], holder: UserName(parsing: "alice"), at: Date())
            }
            chmod(content.url(of: damaged).path, 0o644)
            try Data([4, 5, 7]).write(to: content.url(of: damaged))
            for digest in [kept, stray] {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -100_000)], ofItemAtPath: content.url(of: digest).path)
            }
            let rests = Rests()
            let scrub = Scrub(store: store, content: content, directory: data, logger: logger) { time in
                rests.all.withLock { $0.append(time) }
            }
            try await scrub.pass()
            #expect(content.contains(kept) && !content.contains(damaged) && !content.contains(stray))
            #expect(try content.damaged() == [damaged])
            #expect(rests.all.withLock { $0.isEmpty })
            try await scrub.pass()
            let wait = try #require(rests.all.withLock { $0.first })
            #expect(wait > .seconds(86_000) && wait <= .seconds(86_400))
            try store.close()
        }
    }

    @Test("goes on after a restart where it was")
    func resumes() async throws {
        try await withTemporaryDirectory { directory in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let data = try DataDirectory(directory)
            let store = try Store(directory: directory, logger: logger)
            let content = try ContentStore(directory: data.content)
            for number in 0..<600 { _ = try content.put(Array("\(number)".utf8)) }
            // A step looks at 256 pieces: the second rest is where the server goes down.
            let rests = Rests()
            let first = Scrub(store: store, content: content, directory: data, logger: logger) { time in
                let count = rests.all.withLock { all in
                    all.append(time)
                    return all.count
                }
                if count == 2 { throw CancellationError() }
            }
            await #expect(throws: CancellationError.self) { try await first.pass() }
            let second = Scrub(store: store, content: content, directory: data, logger: logger) { time in
                rests.all.withLock { $0.append(time) }
            }
            try await second.pass()
            // 88 pieces were left: one step, the last, after which it does not rest.
            #expect(rests.all.withLock { $0.count } == 2)
            try store.close()
        }
    }
}
