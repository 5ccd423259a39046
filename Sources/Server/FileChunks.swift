import Glibc
import Synchronization

/// A file's bytes in pieces, as many as it had when it was opened; the descriptor is closed with the sequence.
final class FileChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    private static let pieceBytes = 1 << 20

    private let descriptor: Int32
    private let length: Int64

    init(descriptor: Int32, length: Int64) {
        self.descriptor = descriptor
        self.length = length
    }

    deinit { close(descriptor) }

    struct Iterator: AsyncIteratorProtocol {
        let file: FileChunks
        var position: Int64 = 0

        mutating func next() async throws -> [UInt8]? {
            let count = Int(Swift.min(Int64(FileChunks.pieceBytes), file.length - position))
            guard count > 0 else { return nil }
            var bytes = [UInt8](repeating: 0, count: count)
            let got = bytes.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, count, Int(position)) }
            // A file that shrank meanwhile is filled up with zeros: the length has been promised.
            position += Int64(got > 0 ? got : count)
            if got > 0, got < count { bytes.removeLast(count - got) }
            return bytes
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(file: self) }
}
