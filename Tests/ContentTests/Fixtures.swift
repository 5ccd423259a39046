import API
import Foundation

@testable import Content

/// Bytes that look random and are the same every time.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var words: [UInt64] = []
    words.reserveCapacity(count / 8 + 1)
    for _ in 0...(count / 8) {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        words.append(state)
    }
    return words.withUnsafeBytes { Array($0.prefix(count)) }
}

/// `bytes` as a connection might bring them, `size` at a time; with an error at the end if one is given.
struct Chunked: AsyncSequence, Sendable {
    typealias Element = ArraySlice<UInt8>

    var bytes: [UInt8]
    var size = 1000
    var error: API.Failure?

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes[...], size: size, error: error) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>
        var size: Int
        var error: API.Failure?

        mutating func next() async throws -> ArraySlice<UInt8>? {
            if rest.isEmpty, let error { throw error }
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(size) }
            return rest.prefix(size)
        }
    }
}

/// A pack of these pieces.
func pack(_ pieces: [[UInt8]]) -> [UInt8] {
    pieces.flatMap { Pack.header(Digest(of: $0), size: Int64($0.count)) + $0 }
}

func write(_ bytes: some Sequence<UInt8>, to url: URL) throws {
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
}

func write(_ text: String, to url: URL) throws { try write(Array(text.utf8), to: url) }

func code(_ body: () async throws -> Void) async -> Failure.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? Failure)?.code ?? .internal
    }
}

extension ContentStore {
    /// What lies in the staging directory.
    var staged: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: ".staging").path) }
    }

    /// Changes one byte of what is stored.
    func damage(_ digest: Digest, at offset: Int = 0) throws {
        let file = try FileHandle(forUpdating: url(of: digest))
        try file.seek(toOffset: UInt64(offset))
        let byte = try file.read(upToCount: 1)?.first ?? 0
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: [byte ^ 1])
        try file.close()
    }
}
