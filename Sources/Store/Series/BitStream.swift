import Foundation

/// Appends numbers of any width to a string of bits, the most significant bit first.
struct BitWriter: Sendable {
    /// The full words, already in the byte order of the stream.
    private var words: [UInt64] = []
    /// The bits of the word that is being filled, from its top.
    private var pending: UInt64 = 0
    private var pendingCount = 0

    /// The bytes that are needed to hold all bits.
    var byteCount: Int { words.count * 8 + (pendingCount + 7) / 8 }

    /// Appends the low `count` bits of `value`, 0 to 64; the bits above must be 0.
    mutating func write(_ value: UInt64, _ count: Int) {
        let free = 64 - pendingCount
        if count < free {
            // A shift by 64, for a count of 0 on an empty word, gives 0.
            pending |= value << UInt64(free - count)
            pendingCount += count
        } else {
            let rest = count - free
            words.append((pending | value >> UInt64(rest)).bigEndian)
            pending = value << UInt64(64 - rest)
            pendingCount = rest
        }
    }

    func append(to data: inout Data) {
        words.withUnsafeBytes { data.append(contentsOf: $0) }
        withUnsafeBytes(of: pending.bigEndian) { data.append(contentsOf: $0.prefix((pendingCount + 7) / 8)) }
    }
}

/// Reads what `BitWriter` wrote. Reading past the end gives zeros and sets `isExhausted`.
struct BitReader {
    private let bytes: UnsafeRawBufferPointer
    private let end: Int
    private var position: Int
    private(set) var isExhausted = false

    /// - Parameter start: the first byte.
    init(_ bytes: UnsafeRawBufferPointer, from start: Int) {
        self.bytes = bytes
        end = bytes.count * 8
        position = start * 8
    }

    /// The next 64 bits from the top, without moving on; zeros beyond the end.
    @inline(__always)
    private func peek() -> UInt64 {
        let byte = position >> 3
        let shift = UInt64(position & 7)
        if byte + 9 <= bytes.count {
            let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
            return high << shift | UInt64(bytes[byte + 8]) >> (8 - shift)
        }
        var word: UInt64 = 0
        for offset in 0..<9 {
            let next = byte + offset < bytes.count ? UInt64(bytes[byte + offset]) : 0
            word = offset < 8 ? word | next << UInt64(56 - 8 * offset) : word << shift | next >> (8 - shift)
        }
        return word
    }

    /// Reads `count` bits, 0 to 64.
    @inline(__always)
    mutating func read(_ count: Int) -> UInt64 {
        guard count > 0 else { return 0 }
        guard position + count <= end else {
            isExhausted = true
            return 0
        }
        defer { position += count }
        return peek() >> UInt64(64 - count)
    }

    /// Counts ones up to the next zero and takes both; at most `limit` ones, after which no zero is taken.
    @inline(__always)
    mutating func readOnes(limit: Int) -> Int {
        let ones = min((~peek()).leadingZeroBitCount, limit)
        let taken = ones == limit ? ones : ones + 1
        guard position + taken <= end else {
            isExhausted = true
            return 0
        }
        position += taken
        return ones
    }
}
