import API
import Foundation
import TestSupport
import Testing

@testable import Content

@Suite("Content by its hash")
struct ContentStoreTests {
    @Test("what was put is there under its SHA-256, read-only, and reads back")
    func putsAndReads() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put(Array("abc".utf8))
            #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(store.contains(digest))
            #expect(store.size(of: digest) == 3)
            #expect(try store.read(digest) == Array("abc".utf8))
            #expect(store.url(of: digest).path.hasSuffix("/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
            let status = try store.open(digest).status()
            #expect(status.mode & 0o777 == 0o444)
            #expect(try store.put(Array("abc".utf8)) == digest)
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("another opening of the same directory sees the content")
    func opensAgain() async throws {
        try await withTemporaryDirectory { directory in
            let digest = try ContentStore(directory: directory).put([1, 2, 3])
            #expect(try ContentStore(directory: directory).contains(digest))
            #expect(try ContentStore(directory: directory, isWriter: false).read(digest) == [1, 2, 3])
        }
    }

    @Test("missing content is told once each, in order")
    func tellsMissing() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let there = try store.put([1])
            let (first, second) = (Digest(of: [2]), Digest(of: [3]))
            #expect(try await store.missing([second, there, first, second]) == [second, first])
        }
    }

    @Test("damaged content is not given out, is put aside, and pushing heals it")
    func quarantines() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put([1, 2, 3])
            try store.damage(digest)
            #expect(await code { _ = try store.read(digest) } == .corruptContent)
            #expect(!store.contains(digest))
            #expect(try store.put([1, 2, 3]) == digest)
            #expect(try store.read(digest) == [1, 2, 3])
        }
    }

    @Test("content that is not there is not found, and removing it is no error")
    func removes() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put([9])
            try store.remove([digest, Digest(of: [8])])
            #expect(!store.contains(digest))
            #expect(await code { _ = try store.read(digest) } == .notFound)
        }
    }

    @Test("after a write that the disk refused, nothing more is taken, and reading goes on")
    func failsForGood() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put([1])
            store.noteFailure()
            #expect(await code { _ = try store.put([2]) } == .unavailable)
            #expect(await code { _ = try await store.receivePack(Chunked(bytes: pack([[3]]))) } == .unavailable)
            #expect(try store.read(digest) == [1])
        }
    }
}
