import API
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Content

@Suite("Scans of directories")
struct TreeScanTests {
    @Test("a scan tells files, their hashes and who is executable, sorted by bytes")
    func scans() async throws {
        try await withTemporaryDirectory { directory in
            try write("abc", to: directory.appending(path: "b/abc"))
            try write("", to: directory.appending(path: "데이터/é 1.txt"))
            try write("#!/bin/sh\n", to: directory.appending(path: "a.sh"))
            chmod(directory.appending(path: "a.sh").path, 0o755)
            try write(noise(3_000_000), to: directory.appending(path: "b-large"))
            try FileManager.default.createDirectory(at: directory.appending(path: "empty"), withIntermediateDirectories: true)
            let scan = try await TreeScan.scan(directory)
            #expect(scan.entries.map(\.path) == ["a.sh", "b-large", "b/abc", "데이터/é 1.txt"])
            #expect(scan.entries.map(\.isExecutable) == [true, false, false, false])
            #expect(scan.entries[1].digest == Digest(of: noise(3_000_000)))
            #expect(scan.entries[2].digest == Digest(of: Array("abc".utf8)))
            #expect(scan.totalBytes == 3_000_013)
            #expect(try Manifest(bytes: scan.manifest().bytes).entries == scan.entries)
            #expect(try await TreeScan.scan(directory, keepsExecutable: false).entries.allSatisfy { !$0.isExecutable })
        }
    }

    @Test("links to files are followed when asked, all other links and special files are told")
    func treatsLinks() async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            try write("outside", to: directory.appending(path: "outside"))
            try write("x", to: tree.appending(path: "sub/x"))
            let links = [
                ("file", "../outside"), ("inner", "sub/x"), ("loop", "loop"), ("self", "."), ("none", "nowhere"), ("sub/up", ".."),
            ]
            for (name, target) in links {
                try FileManager.default.createSymbolicLink(atPath: tree.appending(path: name).path, withDestinationPath: target)
            }
            mkfifo(tree.appending(path: "fifo").path, 0o600)
            let strict = try await TreeScan.scan(tree)
            #expect(strict.entries.map(\.path) == ["sub/x"])
            #expect(strict.skipped.map(\.path) == ["fifo", "file", "inner", "loop", "none", "self", "sub/up"])
            let following = try await TreeScan.scan(tree, followsLinks: true)
            #expect(following.entries.map(\.path) == ["file", "inner", "sub/x"])
            #expect(following.entries[0].digest == Digest(of: Array("outside".utf8)))
            #expect(following.skipped.map(\.path) == ["fifo", "loop", "none", "self", "sub/up"])
        }
    }

    @Test("a directory that became a link since the scan is not followed")
    func refusesSwappedDirectories() async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            try write("mine", to: tree.appending(path: "sub/x"))
            try write("secret", to: directory.appending(path: "elsewhere/x"))
            let scan = try await TreeScan.scan(tree)
            try FileManager.default.removeItem(at: tree.appending(path: "sub"))
            try FileManager.default.createSymbolicLink(atPath: tree.appending(path: "sub").path, withDestinationPath: "../elsewhere")
            #expect(await code { _ = try scan.open(scan.entries[0]) } == .localError)
        }
    }

    @Test("names that no manifest has are told, not pushed")
    func skipsNames() async throws {
        try await withTemporaryDirectory { directory in
            try write("x", to: directory.appending(path: "good"))
            for name: [UInt8] in [Array("back\\slash".utf8), Array("new\nline".utf8), [0x66, 0xFF, 0xFE]] {
                let path = Array(directory.path.utf8) + [0x2F] + name + [0]
                close(open(path.map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o600))
            }
            let scan = try await TreeScan.scan(directory)
            #expect(scan.entries.map(\.path) == ["good"])
            #expect(scan.skipped.count == 3)
        }
    }

    @Test("a file that cannot be read is an error with its name", .enabled(if: geteuid() != 0))
    func namesUnreadable() async throws {
        try await withTemporaryDirectory { directory in
            try write("x", to: directory.appending(path: "sub/closed"))
            chmod(directory.appending(path: "sub/closed").path, 0)
            do {
                _ = try await TreeScan.scan(directory)
                Issue.record("it was read")
            } catch let failure as Failure {
                #expect(failure.code == .localError && failure.message.contains("sub/closed"))
            }
        }
    }

    @Test("what is no directory is an error with its name")
    func namesMissing() async throws {
        try await withTemporaryDirectory { directory in
            #expect(await code { _ = try await TreeScan.scan(directory.appending(path: "nothing")) } == .localError)
            try write("x", to: directory.appending(path: "file"))
            #expect(await code { _ = try await TreeScan.scan(directory.appending(path: "file")) } == .localError)
        }
    }

    @Test("20,000 files are scanned, read-only directories too, and progress ends at all of them")
    func scansMany() async throws {
        try await withTemporaryDirectory { directory in
            for index in 0..<20_000 {
                let path = directory.appending(path: "d\(index % 100)").path
                if index < 100 { mkdir(path, 0o755) }
                let descriptor = open("\(path)/f\(index)", O_CREAT | O_WRONLY, 0o444)
                withUnsafeBytes(of: index) { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
                close(descriptor)
            }
            for index in 0..<100 { chmod(directory.appending(path: "d\(index)").path, 0o555) }
            let last = Mutex<ScanProgress?>(nil)
            let scan = try await TreeScan.scan(directory) { news in last.withLock { if news.files > $0?.files ?? -1 { $0 = news } } }
            #expect(scan.entries.count == 20_000)
            #expect(last.withLock { $0?.files } == 20_000)
            let paths = scan.entries.map(\.path)
            #expect(paths == paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            try TreeRemoval.remove(directory.path)
        }
    }
}

@Suite("The cache of hashes")
struct HashCacheTests {
    private let status = FileStatus.sample

    @Test("what was remembered is found again by a later run, and only for the same file")
    func remembers() async throws {
        try await withTemporaryDirectory { directory in
            let cache = HashCache(for: URL(filePath: "/some/tree"), in: directory)
            cache.remember("a/é", status, Digest(of: [1]))
            try cache.save()
            let later = HashCache(for: URL(filePath: "/some/tree"), in: directory)
            #expect(later.digest(of: "a/é", status) == Digest(of: [1]))
            for change: WritableKeyPath<FileStatus, Int64> in [\.size, \.modifiedNanoseconds, \.changedNanoseconds] {
                var other = status
                other[keyPath: change] += 1
                #expect(later.digest(of: "a/é", other) == nil)
            }
            var other = status
            other.inode += 1
            #expect(later.digest(of: "a/é", other) == nil)
            #expect(later.digest(of: "b", status) == nil)
            #expect(HashCache(for: URL(filePath: "/other/tree"), in: directory).digest(of: "a/é", status) == nil)
        }
    }

    @Test("a file that changed less than two seconds before it was hashed is not remembered", arguments: [0.0, 1.9, -5.0])
    func forgetsRacyFiles(age: Double) async throws {
        try await withTemporaryDirectory { directory in
            let cache = HashCache(for: directory, in: directory.appending(path: "cache"))
            let changed = Date(timeIntervalSince1970: Double(status.changedNanoseconds) / 1e9)
            cache.remember("a", status, Digest(of: [1]), now: changed.addingTimeInterval(age))
            try cache.save()
            #expect(HashCache(for: directory, in: directory.appending(path: "cache")).digest(of: "a", status) == nil)
        }
    }

    @Test("files that were not seen again are forgotten")
    func forgetsTheGone() async throws {
        try await withTemporaryDirectory { directory in
            let first = HashCache(for: directory, in: directory.appending(path: "cache"))
            first.remember("a", status, Digest(of: [1]))
            first.remember("b", status, Digest(of: [2]))
            try first.save()
            let second = HashCache(for: directory, in: directory.appending(path: "cache"))
            #expect(second.digest(of: "b", status) == Digest(of: [2]))
            try second.save()
            let third = HashCache(for: directory, in: directory.appending(path: "cache"))
            #expect(third.digest(of: "a", status) == nil)
            #expect(third.digest(of: "b", status) == Digest(of: [2]))
        }
    }

    @Test("a cache that is damaged anywhere, or cut anywhere, counts as empty")
    func survivesDamage() async throws {
        try await withTemporaryDirectory { directory in
            let root = URL(filePath: "/tree")
            let cache = HashCache(for: root, in: directory)
            cache.remember("a", status, Digest(of: [1]))
            try cache.save()
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory.path).first)
            let file = directory.appending(path: name)
            let good = try Data(contentsOf: file)
            for offset in good.indices {
                var bad = good
                bad[offset] ^= 0x10
                try bad.write(to: file)
                #expect(HashCache(for: root, in: directory).digest(of: "a", status) == nil)
                try good.prefix(offset).write(to: file)
                #expect(HashCache(for: root, in: directory).digest(of: "a", status) == nil)
            }
        }
    }

    @Test("a scan with a cache sees a file that was changed and set back in time")
    func seesChanges() async throws {
        try await withTemporaryDirectory { directory in
            let tree = directory.appending(path: "tree")
            let file = tree.appending(path: "a")
            let old = Date(timeIntervalSinceNow: -1000)
            func scan() async throws -> Digest {
                let cache = HashCache(for: tree, in: directory.appending(path: "cache"))
                return try await TreeScan.scan(tree, cache: cache).entries[0].digest
            }
            try write("one", to: file)
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file.path)
            #expect(try await scan() == Digest(of: Array("one".utf8)))
            try write("two", to: file)
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file.path)
            #expect(try await scan() == Digest(of: Array("two".utf8)))
        }
    }
}

extension FileStatus {
    fileprivate static var sample: FileStatus {
        var status = FileStatus(size: 10)
        status.inode = 7
        status.device = 3
        status.modifiedNanoseconds = 1_600_000_000_000_000_000
        status.changedNanoseconds = 1_600_000_000_000_000_000
        return status
    }
}
