package import API
package import Foundation
import Glibc

/// A piece of stored content as a list shows it.
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
}
