package import API
package import Foundation
import Glibc

/// What a look through stored content found.
package struct Verification: Sendable {
    package var checkedCount = 0
    package var checkedBytes: Int64 = 0
    package var corrupt: [Digest] = []
    /// Where to go on; nil when the end was reached.
    package var next: Digest?
}

/// A piece of stored content, as the sweep of unreferenced content sees it.
package struct StoredContent: Sendable, Hashable {
    package var digest: Digest
    package var bytes: Int64
    /// When it was stored.
    package var storedAt: Date
}

extension ContentStore {
    /// All content whose digest begins with `firstByte`, sorted: the store in 256 portions. Blocks.
    package func list(firstByte: UInt8) throws -> [StoredContent] {
        let prefix = hexByte(firstByte)
        return try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(prefix)").compactMap { name in
            guard let digest = Digest(hex: prefix + name), let status = FileStatus.of("\(prefix)/\(name)", in: root.descriptor)
            else { return nil }
            let storedAt = Date(timeIntervalSince1970: Double(status.modifiedNanoseconds) / 1e9)
            return StoredContent(digest: digest, bytes: status.size, storedAt: storedAt)
        }.sorted { $0.digest < $1.digest }
    }

    /// Reads content after `digest` in order and compares it with its hash, until about `limitBytes` have been read. What is
    /// damaged is put aside. Call it again with `next` for the rest.
    package func verify(after digest: Digest? = nil, limitBytes: Int64 = .max) async throws -> Verification {
        try await workers.run { [self] in
            var result = Verification()
            for firstByte in (digest?.firstByte ?? 0)...255 {
                for content in try list(firstByte: firstByte) {
                    if let digest, content.digest <= digest { continue }
                    if try !isIntact(content.digest) {
                        result.corrupt.append(content.digest)
                        _ = quarantine(content.digest)
                    }
                    result.checkedCount += 1
                    result.checkedBytes += content.bytes
                    guard result.checkedBytes < limitBytes else {
                        result.next = content.digest
                        return result
                    }
                }
            }
            return result
        }
    }

    /// Reads one piece of content and compares it with its hash. Content that went away meanwhile is no damage. Blocks.
    private func isIntact(_ digest: Digest) throws -> Bool {
        guard contains(digest) else { return true }
        let file = try open(digest)
        let size = try file.status().size
        return try withScratch(Self.blockBytes) { try file.hash(size: size, buffer: $0) } == digest
    }
}
