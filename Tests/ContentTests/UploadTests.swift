import API
import Foundation
import TestSupport
import Testing

@testable import Content

@Suite("Uploads of large content")
struct UploadTests {
    private let lost = Failure(.serverUnreachable, "lost")

    @Test("a whole upload is complete and there", arguments: [0, 1, 1000, 3 << 20])
    func receives(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let bytes = noise(size)
            let digest = Digest(of: bytes)
            #expect(try store.uploadState(digest, owner: "alice").receivedBytes == 0)
            let state = try await store.receive(
                digest, size: Int64(size), offset: 0, owner: "alice", chunks: Chunked(bytes: bytes, size: 70_000))
            #expect(state.isComplete && state.receivedBytes == size)
            #expect(try store.read(digest) == bytes)
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("an upload that broke goes on from where it broke", arguments: [1, 5000, 1 << 20, 2_500_000])
    func resumes(brokenAt: Int) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let bytes = noise(3_000_000)
            let digest = Digest(of: bytes)
            let first = Chunked(bytes: Array(bytes.prefix(brokenAt)), size: 65_536, error: lost)
            let why = await code { _ = try await store.receive(digest, size: 3_000_000, offset: 0, owner: "alice", chunks: first) }
            #expect(why == .serverUnreachable)
            #expect(!store.contains(digest))
            let state = try store.uploadState(digest, owner: "alice")
            #expect(state.receivedBytes == brokenAt && !state.isComplete)
            let rest = Chunked(bytes: Array(bytes.dropFirst(brokenAt)))
            let end = try await store.receive(digest, size: 3_000_000, offset: Int64(brokenAt), owner: "alice", chunks: rest)
            #expect(end.isComplete)
            #expect(try store.read(digest) == bytes)
        }
    }

    @Test("chunks that end early are kept, and are no error")
    func keepsParts() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = Digest(of: noise(100))
            let state = try await store.receive(
                digest, size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: Array(noise(100).prefix(40))))
            #expect(state.receivedBytes == 40 && !state.isComplete)
            // Another owner's part is not ours.
            #expect(try store.uploadState(digest, owner: "b").receivedBytes == 0)
        }
    }

    @Test("an offset beyond what is there is a gap that says where to go on; one before it overwrites")
    func refusesGaps() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let bytes = noise(100)
            let digest = Digest(of: bytes)
            _ = try await store.receive(digest, size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: noise(60, seed: 9)))
            do {
                _ = try await store.receive(digest, size: 100, offset: 70, owner: "a", chunks: Chunked(bytes: []))
                Issue.record("a gap was taken")
            } catch let failure as Failure {
                #expect(failure.code == .offsetGap && failure.offset == 60)
            }
            let state = try await store.receive(digest, size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: bytes))
            #expect(state.isComplete)
        }
    }

    @Test("bytes that do not match the digest are refused and start anew")
    func refusesDamage() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = Digest(of: noise(100))
            let why = await code {
                _ = try await store.receive(digest, size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: noise(100, seed: 2)))
            }
            #expect(why == .corruptContent)
            #expect(!store.contains(digest))
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("more bytes than were announced are refused")
    func refusesTooMuch() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let why = await code {
                _ = try await store.receive(Digest(of: noise(100)), size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: noise(101)))
            }
            #expect(why == .tooLarge)
        }
    }

    @Test("content that is there is not told to who does not have the bytes, and taken again from who has")
    func wantsProof() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put([1, 2, 3])
            #expect(try store.uploadState(digest, owner: "b").receivedBytes == 0)
            let empty = try await store.receive(digest, size: 3, offset: 0, owner: "b", chunks: Chunked(bytes: []))
            #expect(!empty.isComplete)
            let why = await code { _ = try await store.receive(digest, size: 3, offset: 0, owner: "b", chunks: Chunked(bytes: [1, 2, 4])) }
            #expect(why == .corruptContent)
            let state = try await store.receive(digest, size: 3, offset: 0, owner: "b", chunks: Chunked(bytes: [1, 2, 3]))
            #expect(state.isComplete)
            #expect(try store.read(digest) == [1, 2, 3])
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("two requests do not write to one upload")
    func refusesSecondWriter() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let bytes = noise(100)
            let digest = Digest(of: bytes)
            // The second begins while the first waits for its bytes.
            let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream(bufferingPolicy: .bufferingOldest(8))
            let second = AsyncThrowingStream<[UInt8], any Error> {
                let why = await code {
                    _ = try await store.receive(digest, size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: bytes))
                }
                #expect(why == .unavailable)
                continuation.yield(bytes)
                continuation.finish()
                var iterator = stream.makeAsyncIterator()
                return try await iterator.next()
            }
            let state = try await store.receive(digest, size: 100, offset: 0, owner: "a", chunks: second.prefix(1))
            #expect(state.isComplete)
        }
    }

    @Test("the sweep takes old uploads and leaves young ones")
    func sweeps() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = Digest(of: noise(100))
            _ = try await store.receive(digest, size: 100, offset: 0, owner: "a", chunks: Chunked(bytes: [1]))
            #expect(try store.sweepStaging(olderThan: Date(timeIntervalSinceNow: -3600)) == 0)
            #expect(try store.staged.count == 1)
            #expect(try store.sweepStaging(olderThan: Date(timeIntervalSinceNow: 3600)) == 1)
            #expect(try store.staged.isEmpty)
        }
    }
}
