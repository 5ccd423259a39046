import API
import Client
import Content
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Trees pushed and pulled")
struct TransferTests {
    private func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<(count / 8 + 1)).flatMap { _ -> [UInt8] in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return withUnsafeBytes(of: state) { Array($0) }
        }.prefix(count).map { $0 }
    }

    private func write(_ bytes: [UInt8], to url: URL) throws {
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    private func makeTree(_ directory: URL) throws {
        for index in 0..<300 {
            try write(noise(index * 7, seed: UInt64(index)), to: directory.appending(path: "d\(index % 7)/f\(index)"))
        }
        try write(noise(5_000_000, seed: 1000), to: directory.appending(path: "large.bin"))
        try write(Array("same".utf8), to: directory.appending(path: "same/1"))
        try write(Array("same".utf8), to: directory.appending(path: "same/데이터 é"))
        try write(Array("#!/bin/sh".utf8), to: directory.appending(path: "run.sh"))
        chmod(directory.appending(path: "run.sh").path, 0o755)
    }

    private func code(_ body: () async throws -> Void) async -> Failure.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Failure)?.code ?? .internal
        }
    }

    @Test("a tree that was pushed comes back the same, and pushing it again sends nothing")
    func roundTrips() async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            try makeTree(tree)
            let server = try ContentServer(directory.appending(path: "content"))
            let scan = try await TreeScan.scan(tree)
            try await server.serve { client in
                let last = Mutex<TransferProgress?>(nil)
                let digest = try await Push(client) { news in last.withLock { $0 = news } }.run(scan)
                let end = try #require(last.withLock { $0 })
                #expect(end.bytes == end.totalBytes && end.files == end.totalFiles && end.totalFiles == 303)
                #expect(try server.store.read(digest) == scan.manifest().bytes)
                let before = server.tally.withLock { $0.packs + $0.uploads }
                #expect(try await Push(client).run(scan) == digest)
                #expect(server.tally.withLock { $0.packs + $0.uploads } == before)

                server.tree.withLock { $0 = digest }
                let dataset = RemoteTree.dataset(try DatasetReference(parsing: "x"))
                let copy = directory.appending(path: "copy")
                try await Pull(client).run(dataset, into: copy)
                let back = try await TreeScan.scan(copy)
                #expect(back.entries == scan.entries)
                // Again: nothing is fetched, and nothing is in the way.
                try await Pull(client).run(dataset, into: copy)
                let part = directory.appending(path: "part")
                let some = try await Pull(client).run(dataset, into: part) { $0.hasPrefix("same/") }
                #expect(some.map(\.path) == ["same/1", "same/데이터 é"])
                #expect(try await TreeScan.scan(part).entries.map(\.path) == ["same/1", "same/데이터 é"])
            }
        }
    }

    @Test("what breaks on the way is sent again, a large file from where it broke")
    func resumes() async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            try makeTree(tree)
            let server = try ContentServer(directory.appending(path: "content"))
            server.faults.withLock {
                $0.breakUploadsAfter = [2_000_000, 1_500_000]
                $0.failPacks = 2
            }
            let scan = try await TreeScan.scan(tree)
            try await server.serve { client in
                let digest = try await Push(client).run(scan)
                #expect(try await server.store.missing(scan.entries.map(\.digest) + [digest]).isEmpty)
                #expect(server.tally.withLock { $0.uploads } == 3)
                #expect(server.tally.withLock { $0.uploadedBytes } == 5_000_000)

                server.tree.withLock { $0 = digest }
                server.faults.withLock { $0.breakAnswersAfter = [100_000, 10, 2_000_000] }
                let copy = directory.appending(path: "copy")
                try await Pull(client).run(.dataset(try DatasetReference(parsing: "x")), into: copy)
                #expect(try await TreeScan.scan(copy).entries == scan.entries)
            }
        }
    }

    @Test("a file that changed since the scan is an error with its name", arguments: ["small", "large"])
    func noticesChanges(name: String) async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            let size = name == "small" ? 100 : 2_000_000
            try write(noise(size, seed: 1), to: tree.appending(path: name))
            let server = try ContentServer(directory.appending(path: "content"))
            let scan = try await TreeScan.scan(tree)
            for changed in [noise(size, seed: 2), noise(size / 2, seed: 3)] {
                try write(changed, to: tree.appending(path: name))
                try await server.serve { client in
                    do {
                        _ = try await Push(client).run(scan)
                        Issue.record("it was pushed")
                    } catch let failure as Failure {
                        #expect(failure.code == .localError && failure.message.contains("'\(name)' changed"))
                    }
                }
            }
        }
    }

    @Test("a pull replaces nothing unless it may, and damaged content never gets a name")
    func protectsFiles() async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            try write(noise(5000, seed: 1), to: tree.appending(path: "a/b"))
            let server = try ContentServer(directory.appending(path: "content"))
            let scan = try await TreeScan.scan(tree)
            let copy = directory.appending(path: "copy")
            try write([1], to: copy.appending(path: "a/b"))
            try await server.serve { client in
                let digest = try await Push(client).run(scan)
                server.tree.withLock { $0 = digest }
                let dataset = RemoteTree.dataset(try DatasetReference(parsing: "x"))
                #expect(await code { try await Pull(client).run(dataset, into: copy) } == .alreadyExists)
                #expect(try Data(contentsOf: copy.appending(path: "a/b")) == Data([1]))
                try await Pull(client).run(dataset, into: copy, overwrite: true)
                #expect(try [UInt8](Data(contentsOf: copy.appending(path: "a/b"))) == noise(5000, seed: 1))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: copy.path) == ["a"])
        }
    }

    @Test("nobody at the address, and a wrong token, are told as such")
    func tellsWhatIsWrong() async throws {
        try await withTemporaryDirectory { directory in
            let socket = directory.appending(path: "no.sock").path.replacingOccurrences(of: "/", with: "%2F")
            for url in ["http://127.0.0.1:1", "http+unix://\(socket)"] {
                let failure = await #expect(throws: Failure.self) {
                    try await APIClient(url: url, token: nil).closing { try await $0.health() }
                }
                #expect(failure?.code == .serverUnreachable && failure?.message == "no platform answers at \(url)")
            }
            let server = try ContentServer(directory.appending(path: "content"))
            try await server.serve { client in
                let stranger = try APIClient(url: client.url, token: "wrong")
                #expect(await code { try await stranger.closing { _ = try await $0.whoami() } } == .notLoggedIn)
                #expect(await code { _ = try await client.whoami() } == .notFound)
            }
        }
    }
}
