import API
import Foundation
import TestSupport
import Testing

@testable import Content

@Suite("Packs of small content")
struct PackTests {
    private static let pieces: [[UInt8]] = [[], [1], noise(300), noise(50, seed: 2), []]

    @Test("a pack is read the same however it is cut", arguments: [1, 2, 7, 39, 40, 41, 100, 10_000])
    func readsCutPacks(size: Int) throws {
        let bytes = pack(Self.pieces)
        var reader = PackReader()
        var found: [[UInt8]] = []
        var digests: [Digest] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            try reader.read(Array(bytes[start..<min(start + size, bytes.count)])) { event in
                switch event {
                case .begin(let digest, let size):
                    digests.append(digest)
                    found.append([])
                    found[found.count - 1].reserveCapacity(Int(size))
                case .bytes(let bytes): found[found.count - 1] += bytes
                case .end: #expect(digests.last == Digest(of: found[found.count - 1]))
                }
            }
        }
        try reader.finish()
        #expect(found == Self.pieces)
    }

    @Test("a pack that ends in a header or in a piece is refused", arguments: [1, 39, 40, 41, 50])
    func refusesCutPacks(size: Int) async {
        let why = await code {
            var reader = PackReader()
            try reader.read(Array(pack([noise(300)]).prefix(size))) { _ in }
            try reader.finish()
        }
        #expect(why == .invalidRequest)
    }

    @Test("a length that no content has is refused")
    func refusesHugePieces() async {
        let why = await code {
            var reader = PackReader()
            try reader.read(Digest(of: []).bytes + [UInt8](repeating: 0xFF, count: 8)) { _ in }
        }
        #expect(why == .invalidRequest)
    }

    @Test("all pieces of a pack are stored, each told once")
    func stores() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            _ = try store.put([1])
            let stored = try await store.receivePack(Chunked(bytes: pack(Self.pieces), size: 64))
            #expect(stored.map(\.bytes) == [0, 1, 300, 50])
            for piece in Self.pieces { #expect(try store.read(Digest(of: piece)) == piece) }
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("pieces larger than a block are stored too")
    func storesLargePieces() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let pieces = [noise(2_500_000), noise(10), noise(1 << 20, seed: 3)]
            _ = try await store.receivePack(Chunked(bytes: pack(pieces), size: 65_536))
            for piece in pieces { #expect(try store.read(Digest(of: piece)) == piece) }
        }
    }

    @Test("a damaged piece refuses the pack, and leaves nothing staged")
    func refusesDamage() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            var bytes = pack(Self.pieces)
            bytes[bytes.count - 60] ^= 1
            #expect(await code { _ = try await store.receivePack(Chunked(bytes: bytes)) } == .corruptContent)
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("a connection that breaks refuses the pack, and leaves nothing staged")
    func refusesBrokenPacks() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let cut = Chunked(bytes: Array(pack(Self.pieces).prefix(100)), error: Failure(.serverUnreachable, "lost"))
            #expect(await code { _ = try await store.receivePack(cut) } == .serverUnreachable)
            #expect(await code { _ = try await store.receivePack(Chunked(bytes: Array(pack(Self.pieces).prefix(100)))) } == .invalidRequest)
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("packs with the same pieces at once all succeed")
    func storesConcurrently() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let pieces = (0..<200).map { noise(64, seed: UInt64($0)) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 { group.addTask { try await store.receivePack(Chunked(bytes: pack(pieces))).count } }
                for try await count in group { #expect(count == 200) }
            }
            for piece in pieces { #expect(store.contains(Digest(of: piece))) }
            #expect(try store.staged.isEmpty)
        }
    }

    @Test("what goes out as a pack comes in again", arguments: [10, 1 << 20, 3_000_000])
    func streams(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "a"))
            let other = try ContentStore(directory: directory.appending(path: "b"))
            let pieces = Self.pieces + [noise(size, seed: 5)] + (0..<100).map { noise(30_000, seed: 100 + UInt64($0)) }
            let digests = try pieces.map { try store.put($0) }
            var length = 0
            var blocks: [[UInt8]] = []
            for try await block in store.stream(digests) {
                length += block.count
                blocks.append(block)
            }
            #expect(try Int64(length) == store.packBytes(digests))
            _ = try await other.receivePack(Chunked(bytes: blocks.flatMap { $0 }, size: 100_000))
            for piece in pieces { #expect(other.contains(Digest(of: piece))) }
            var whole: [UInt8] = []
            for try await block in store.bytes(of: Digest(of: noise(size, seed: 5))) { whole += block }
            #expect(whole == noise(size, seed: 5))
        }
    }

    @Test("damaged content never goes out whole", arguments: [100, 1 << 20, 2_500_000])
    func holdsBackDamage(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let digest = try store.put(noise(size))
            try store.damage(digest, at: size - 1)
            var received = 0
            let why = await code {
                for try await block in store.bytes(of: digest) { received += block.count }
            }
            #expect(why == .corruptContent)
            #expect(received < size)
            #expect(!store.contains(digest))
        }
    }

    @Test("content that is not there ends the stream with not found")
    func missesContent() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory)
            let why = await code { for try await _ in store.stream([Digest(of: [1])]) {} }
            #expect(why == .notFound)
        }
    }
}
