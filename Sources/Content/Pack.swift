package import API

/// Many pieces of content in one body, one after the other: 32 bytes of digest, 8 bytes of length (little endian), the bytes.
package enum Pack {
    package static let headerBytes = Digest.byteCount + 8
    /// So that the names of a pack's pieces stay small in memory.
    package static let maximumPieces = 100_000

    /// The header of a piece.
    package static func header(_ digest: Digest, size: Int64) -> [UInt8] {
        digest.bytes + (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    }
}

/// Takes a pack apart as its blocks arrive, however they are cut. Pure: what to do with the pieces is the caller's.
package struct PackReader: Sendable {
    package enum Event: Sendable, Equatable {
        case begin(Digest, size: Int64)
        /// Some bytes of the piece that began last.
        case bytes(ArraySlice<UInt8>)
        case end
    }

    private var header: [UInt8] = []
    private var remaining: Int64?
    private var pieces = 0

    package init() {}

    /// Whether the pack may end here.
    package var isBetweenPieces: Bool { remaining == nil && header.isEmpty }

    /// Takes the next block, and tells `take` what is in it.
    package mutating func read(_ block: [UInt8], _ take: (Event) throws -> Void) throws {
        var rest = block[...]
        while !rest.isEmpty {
            if let left = remaining {
                let part = rest.prefix(Int(min(left, Int64(rest.count))))
                rest = rest.dropFirst(part.count)
                remaining = left - Int64(part.count)
                try take(.bytes(part))
            } else {
                let part = rest.prefix(Pack.headerBytes - header.count)
                header.append(contentsOf: part)
                rest = rest.dropFirst(part.count)
                guard header.count == Pack.headerBytes else { return }
                try begin(take)
            }
            if remaining == 0 {
                remaining = nil
                try take(.end)
            }
        }
    }

    /// Throws when the pack was cut short.
    package func finish() throws {
        guard isBetweenPieces else { throw Failure(.invalidRequest, "the pack ends in the middle of a piece") }
    }

    private mutating func begin(_ take: (Event) throws -> Void) throws {
        let size = header[Digest.byteCount...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let digest = Digest(bytes: header[..<Digest.byteCount]), size <= UInt64(Endpoints.maximumContentBytes) else {
            throw Failure(.invalidRequest, "the pack has a piece of \(size) bytes")
        }
        pieces += 1
        guard pieces <= Pack.maximumPieces else {
            throw Failure(.tooLarge, "the pack has more than \(Pack.maximumPieces) pieces", hint: "send several packs")
        }
        header.removeAll(keepingCapacity: true)
        remaining = Int64(size)
        try take(.begin(digest, size: Int64(size)))
    }
}
