import API
import Foundation

// The bytes of an outline: what a wide chart needs of a block, so that it need not be unpacked.
//
//     offset  0  1 byte   format, 1
//             1  1 byte   which of the five marks are there: bit 0 first, 1 last, 2 minimum, 3 maximum, 4 odd
//             2  26 bytes for each mark that is there, in this order: position in the block (2 bytes), step, time, bits of the value (8 each)
//
// Whole numbers are little endian.

/// A point, and where among others it stands.
struct Mark: Sendable, Hashable {
    var position: Int64
    var point: SeriesPoint
}

/// The points of a run of a series that must be seen when it is drawn small.
struct BlockOutline: Sendable {
    private static let format: UInt8 = 1
    private static let markBytes = 26

    private(set) var first: Mark?
    private(set) var last: Mark?
    /// Of the finite values; the earliest where several are equal.
    private(set) var minimum: Mark?
    private(set) var maximum: Mark?
    /// The first value that is not finite: a gap, or an explosion, that must not be hidden.
    private(set) var odd: Mark?

    init() {}

    /// Takes in the next point.
    @inline(__always)
    mutating func add(_ point: SeriesPoint, at position: Int64) {
        let mark = Mark(position: position, point: point)
        if first == nil { first = mark }
        last = mark
        guard point.value.isFinite else {
            if odd == nil { odd = mark }
            return
        }
        if minimum.map({ point.value < $0.point.value }) ?? true { minimum = mark }
        if maximum.map({ point.value > $0.point.value }) ?? true { maximum = mark }
    }

    /// Takes in what follows, outlined; `offset` is where its positions begin.
    mutating func add(_ other: BlockOutline, at offset: Int64) {
        func moved(_ mark: Mark?) -> Mark? { mark.map { Mark(position: $0.position + offset, point: $0.point) } }
        first = first ?? moved(other.first)
        last = moved(other.last) ?? last
        odd = odd ?? moved(other.odd)
        if let mark = moved(other.minimum), minimum.map({ mark.point.value < $0.point.value }) ?? true { minimum = mark }
        if let mark = moved(other.maximum), maximum.map({ mark.point.value > $0.point.value }) ?? true { maximum = mark }
    }

    /// The extremes and the odd one, in their order, each once.
    var extremes: [Mark] {
        var marks = [minimum, maximum, odd].compactMap(\.self).sorted { $0.position < $1.position }
        if marks.count >= 2, marks[0].position == marks[1].position { marks.removeFirst() }
        return marks
    }
}

extension BlockOutline {
    var bytes: Data {
        let marks = [first, last, minimum, maximum, odd]
        var data = Data(capacity: 2 + marks.count * Self.markBytes)
        data.append(Self.format)
        data.append(marks.enumerated().reduce(0) { $1.element == nil ? $0 : $0 | 1 << UInt8($1.offset) })
        for case let mark? in marks {
            withUnsafeBytes(of: UInt16(truncatingIfNeeded: mark.position).littleEndian) { data.append(contentsOf: $0) }
            let point = mark.point
            for word in [UInt64(bitPattern: point.step), UInt64(bitPattern: point.timeMilliseconds), point.value.bitPattern] {
                withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) }
            }
        }
        return data
    }

    init(_ data: Data) throws {
        self.init()
        try data.withUnsafeBytes { bytes in
            guard bytes.count >= 2, bytes[0] == Self.format, bytes.count == 2 + bytes[1].nonzeroBitCount * Self.markBytes else {
                throw Failure.unreadableColumn("outline")
            }
            var offset = 2
            func next(_ bit: UInt8) -> Mark? {
                guard bytes[1] & 1 << bit != 0 else { return nil }
                defer { offset += Self.markBytes }
                func word(_ at: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + at, as: UInt64.self)) }
                return Mark(
                    position: Int64(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))),
                    point: SeriesPoint(
                        step: Int64(bitPattern: word(2)), timeMilliseconds: Int64(bitPattern: word(10)),
                        value: Double(bitPattern: word(18))))
            }
            (first, last, minimum, maximum, odd) = (next(0), next(1), next(2), next(3), next(4))
        }
    }
}
