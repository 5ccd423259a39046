import API

/// The part of a byte stream that its reader does not have yet. Both ends may repeat themselves: what is there is not taken twice, and
/// whoever reads from an offset on has all that is before it.
struct ByteWindow: Sendable {
    /// No more bytes wait for the reader.
    let limit: Int
    /// The offset of the first byte that is kept.
    private(set) var start: Int64 = 0
    private var bytes: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// The offset behind the last byte.
    var end: Int64 { start + Int64(bytes.count) }
    var isEmpty: Bool { bytes.isEmpty }
    var isFull: Bool { bytes.count >= limit }

    /// Takes as many of the bytes as there is room for; returns the offset up to which the stream is taken now.
    mutating func append(_ new: some Collection<UInt8>, at offset: Int64) throws(Failure) -> Int64 {
        guard (0...end).contains(offset) else {
            throw Failure(.offsetGap, "the stream is known up to \(end), not \(offset)", offset: end)
        }
        let known = min(end - offset, Int64(new.count))
        bytes += new.dropFirst(Int(known)).prefix(max(0, limit - bytes.count))
        return end
    }

    /// Up to `count` bytes from `offset` on; what is before it goes.
    mutating func read(from offset: Int64, count: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard offset >= start, offset <= end else {
            throw Failure.invalidValue("offset", "\(offset)", expected: "\(start) to \(end)")
        }
        bytes.removeFirst(Int(offset - start))
        start = offset
        return bytes.prefix(count)
    }
}
