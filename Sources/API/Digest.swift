/// The SHA-256 of some content: 32 bytes, written as 64 lower-case hexadecimal digits.
package struct Digest: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
    package static let byteCount = 32

    // Four words rather than an array: no allocation, and fast to compare and hash.
    private let first, second, third, fourth: UInt64

    /// Takes exactly 32 bytes.
    package init?(bytes: some Collection<UInt8>) {
        // Callers live in other modules, where a generic loop would go through a table of functions for every byte.
        if let made = bytes.withContiguousStorageIfAvailable({ Digest(contiguous: $0) }) {
            guard let made else { return nil }
            self = made
        } else {
            guard let made = Array(bytes).withUnsafeBufferPointer({ Digest(contiguous: $0) }) else { return nil }
            self = made
        }
    }

    private init?(contiguous bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        let raw = UnsafeRawBufferPointer(bytes)
        func word(_ index: Int) -> UInt64 { UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)) }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    /// Takes 64 hexadecimal digits, lower case.
    package init?(hex: some StringProtocol) {
        if let made = hex.utf8.withContiguousStorageIfAvailable({ Digest(digits: $0) }) {
            guard let made else { return nil }
            self = made
        } else {
            guard let made = Array(hex.utf8).withUnsafeBufferPointer({ Digest(digits: $0) }) else { return nil }
            self = made
        }
    }

    /// Takes 64 hexadecimal digits, lower case, as ASCII.
    package init?(digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 2 * Self.byteCount else { return nil }
        var words: [4 of UInt64] = [0, 0, 0, 0]
        for index in 0..<digits.count {
            guard let value = Self.value(ofHexDigit: digits[index]) else { return nil }
            words[index / 16] = words[index / 16] << 4 | UInt64(value)
        }
        (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
    }

    package init(parsing text: some StringProtocol) throws {
        guard let digest = Digest(hex: text) else {
            throw Failure.invalidValue("digest", String(text.prefix(80)), expected: "64 lower-case hexadecimal digits")
        }
        self = digest
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            for index in 0..<Self.byteCount { buffer[index] = byte(index) }
            count = Self.byteCount
        }
    }

    package var hex: String {
        String(unsafeUninitializedCapacity: 2 * Self.byteCount) { buffer in
            writeHex(to: UnsafeMutableRawBufferPointer(buffer))
            return 2 * Self.byteCount
        }
    }

    /// Writes the 64 digits to the start of `buffer`.
    package func writeHex(to buffer: UnsafeMutableRawBufferPointer) {
        for index in 0..<Self.byteCount {
            let byte = byte(index)
            buffer[2 * index] = Self.digit(byte >> 4)
            buffer[2 * index + 1] = Self.digit(byte & 15)
        }
    }

    private func byte(_ index: Int) -> UInt8 {
        let word =
            switch index >> 3 {
            case 0: first
            case 1: second
            case 2: third
            default: fourth
            }
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index & 7)))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    package var description: String { hex }

    package static func < (left: Digest, right: Digest) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }

    package init(from decoder: any Decoder) throws {
        try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }

    private static func value(ofHexDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
