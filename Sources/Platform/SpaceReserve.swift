import API
import Foundation
import Glibc

/// A file that takes up room for the day on which the disk is full: given back last, so that a removal, which makes room, can be written
/// down then (rule G12).
package struct SpaceReserve: Sendable {
    /// Enough for the rows of many removals; small beside what one of them frees.
    private static let bytes: Int64 = 64 << 20
    /// On a small disk no more than this part of it.
    private static let part: Int64 = 20

    private let directory: DataDirectory
    private var path: String { directory.reserve.path(percentEncoded: false) }

    package init(_ directory: DataDirectory) { self.directory = directory }

    /// Makes it where it is missing and there is room for it; what is missing now is made later.
    package func fill() {
        let free = directory.freeBytes()
        let bytes = min(Self.bytes, free / Self.part)
        guard access(path, F_OK) != 0, bytes > 0 else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        // Blocks, and not only a length.
        if posix_fallocate(file, 0, off_t(bytes)) != 0 { unlink(path) }
    }

    /// Gives it back. Whether there was one.
    package func spend() -> Bool { unlink(path) == 0 }

    /// At a start: gives it back when there is not even room for what a start writes.
    package func spendForStart() {
        // Indices of databases, a few small files.
        if directory.freeBytes() < 8 << 20 { _ = spend() }
    }

    /// What makes room: when it fails because there is none, it is done once more with what was kept for it.
    package func making<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let failure as Failure where failure.code == .storageFull && spend() {
            return try await body()
        }
    }
}
