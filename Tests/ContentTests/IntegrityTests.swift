import API
import Foundation
import TestSupport
import Testing

@testable import Content

@Suite("Content that was damaged")
struct IntegrityTests {
    /// Steps to the end, each remembered place taken up by another inspection, as after a restart.
    private func inspect(_ store: ContentStore, including includes: @escaping @Sendable (Digest) -> Bool = { _ in true }) async throws
        -> (damaged: [Digest], count: Int, bytes: Int64)
    {
        var found: (damaged: [Digest], count: Int, bytes: Int64) = ([], 0, 0)
        let inspection = Inspection(store, including: includes)
        while true {
            let step = try await inspection.step()
            found.damaged += step.damaged
            found.count += step.checkedCount
            found.bytes += step.checkedBytes
            if step.isOver { return found }
        }
    }

    @Test("whichever bit flips, the look through the store finds it, and nobody is given the content", arguments: [0, 7, 50, 99])
    func finds(offset: Int) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digests = try (0..<300).map { try store.put(noise(100, seed: UInt64($0))) }.sorted()
            try store.damage(digests[7], at: offset)
            let found = try await inspect(store)
            #expect(found.damaged == [digests[7]] && found.count == 300 && found.bytes == 30_000)
            #expect(try store.damaged() == [digests[7]])
            #expect(await code { _ = try store.read(digests[7]) } == .corruptContent)
            #expect(await code { _ = try store.packBytes([digests[7]]) } == .corruptContent)
            #expect(try await inspect(store).count == 299)
        }
    }

    @Test("content that is longer than a step is read in several, and a file cut short is damaged")
    func large() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let large = try store.put(noise(9 << 20))
            let cut = try store.put(noise(5_000, seed: 9))
            let inspection = Inspection(store)
            var steps = [try await inspection.step()]
            while steps.last?.isOver == false { steps.append(try await inspection.step()) }
            #expect(steps.count >= 3 && steps.allSatisfy { $0.damaged.isEmpty })
            #expect(!steps.contains { !$0.isOver && $0.checkedCount == 0 && $0.place == large }, "it is done when it was read to its end")
            #expect(steps.reduce(0) { $0 + $1.checkedBytes } == (9 << 20) + 5_000)

            chmod(store.url(of: cut).path, 0o600)
            try FileHandle(forUpdating: store.url(of: cut)).truncate(atOffset: 4_000)
            try store.damage(large, at: (9 << 20) - 1)
            #expect(try await inspect(store).damaged == [large, cut].sorted())
        }
    }

    @Test("only what is asked for is read")
    func subset() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digests = try (0..<20).map { try store.put(noise(100, seed: UInt64($0))) }
            let wanted = Set(digests.prefix(3))
            #expect(try await inspect(store, including: { wanted.contains($0) }).count == 3)
        }
    }

    @Test("sending the content again heals it, in trees that were laid out before too")
    func heals() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let bytes = noise(3_000_000)
            let entry = Manifest.Entry(path: "a/b", digest: try store.put(bytes), size: Int64(bytes.count))
            let tree = directory.appending(path: "tree")
            try store.layOut([entry], at: tree, as: .shared)
            try store.damage(entry.digest, at: 2_000_000)
            #expect(try await inspect(store).damaged == [entry.digest])
            #expect(await code { try store.layOut([entry], at: directory.appending(path: "new"), as: .shared) } == .corruptContent)

            _ = try await store.receivePack(Chunked(bytes: pack([bytes]), size: 100_000))
            #expect(try store.damaged().isEmpty)
            #expect(try store.read(entry.digest) == bytes)
            let laidOut = try Data(contentsOf: tree.appending(path: "a/b"))
            #expect(Digest(of: laidOut) == entry.digest)
            #expect(FileStatus.of(tree.appending(path: "a/b").path)?.mode == S_IFREG | 0o444)
        }
    }

    @Test("whoever read the damaged bytes late does not put the good ones aside")
    func late() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put([1, 2, 3])
            try store.damage(digest)
            let late = try store.open(digest)
            store.quarantine(digest)
            #expect(try store.put([1, 2, 3]) == digest)
            store.quarantine(digest, reading: late)
            #expect(try store.read(digest) == [1, 2, 3])
        }
    }

    @Test("a copy is compared with its hash on the way")
    func copies() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let bytes = noise(2_000)
            let entry = Manifest.Entry(path: "main.py", digest: try store.put(bytes), size: 2_000)
            try store.damage(entry.digest, at: 1_999)
            #expect(await code { try store.layOut([entry], at: directory.appending(path: "code"), as: .writable) } == .corruptContent)
        }
    }
}
