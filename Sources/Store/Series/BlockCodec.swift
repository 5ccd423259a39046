import API
import Foundation

// The bytes of a block: up to 1,024 points of one series in the order in which they were reported.
//
//     offset  0  1 byte   format, 1
//             1  2 bytes  how many points, 1...1024
//             3  8 bytes  step of the first point
//            11  8 bytes  its time, milliseconds since 1970
//            19  8 bytes  its value, the bits of the double
//            27  bits, the most significant of a byte first: for each further point step, time, value; zeros up to the byte's end
//
// Whole numbers are little endian. The scheme is that of T. Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database",
// VLDB 2015, section 4.1, with one change for steps and times.
//
// *Step and time*: the difference of the difference to the point before, modulo 2^64, as a zigzag number z (0, -1, 1, -2 ... become 0, 1, 2,
// 3 ...). Gorilla has fixed classes for times of whole seconds; ours are milliseconds and jitter by an amount that depends on the
// training, so z is written in an adaptive Rice code: z >> k in ones and a zero, then the low k bits of z. k follows what the codes before
// were (`RiceState`), the same way in reader and writer. Twelve ones announce 64 plain bits instead.
//
// *Value*: the bits of the double, exclusive-or with those of the value before. 0: equal. 10: the differing bits lie in the window of the
// last 11 and follow in its width. 11: a new window: 5 bits leading zeros (31 stands for more too), 6 bits width less one, then the bits.
// So all doubles come back bit for bit, NaN and -0 included.

/// The running scale of a number's Rice codes.
struct RiceState: Sendable {
    static let maximumOnes = 12
    private static let maximumWidth = 40

    /// Sixteen times the running mean of the zigzag numbers.
    private var level: UInt64

    init(width: Int) { level = 16 << UInt64(width) }

    /// k: the number of low bits that are written plainly.
    var width: Int { min(Self.maximumWidth, 63 - (level >> 4 | 1).leadingZeroBitCount) }

    /// One far-off number moves the scale by a step at most, so that a pause in a training costs one long code and no more.
    mutating func note(_ zigzag: UInt64, width: Int) {
        level = level - level >> 4 + min(zigzag, UInt64(Self.maximumOnes) << UInt64(width))
    }
}

/// What step or time were, and how they change.
struct DeltaState: Sendable {
    private(set) var last: Int64
    private var delta: Int64 = 0
    private var rice: RiceState

    init(first: Int64, width: Int) {
        last = first
        rice = RiceState(width: width)
    }

    mutating func write(_ value: Int64, to bits: inout BitWriter) {
        let next = value &- last
        let change = next &- delta
        let zigzag = UInt64(bitPattern: change << 1 ^ change >> 63)
        let width = rice.width
        let ones = zigzag >> UInt64(width)
        if ones < RiceState.maximumOnes {
            let prefix = (UInt64(1) << (ones + 1)) - 2
            bits.write(prefix << UInt64(width) | zigzag & (UInt64(1) << UInt64(width) - 1), Int(ones) + 1 + width)
        } else {
            bits.write(UInt64(1) << UInt64(RiceState.maximumOnes) - 1, RiceState.maximumOnes)
            bits.write(zigzag, 64)
        }
        rice.note(zigzag, width: width)
        (last, delta) = (value, next)
    }

    @inline(__always)
    mutating func read(from bits: inout BitReader) {
        let width = rice.width
        let ones = bits.readOnes(limit: RiceState.maximumOnes)
        let zigzag = ones == RiceState.maximumOnes ? bits.read(64) : UInt64(ones) << UInt64(width) | bits.read(width)
        rice.note(zigzag, width: width)
        delta = delta &+ (Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1))
        last = last &+ delta
    }
}

/// Packs points into a block.
struct BlockEncoder: Sendable {
    static let format: UInt8 = 1
    static let maximumCount = 1_024
    static let headBytes = 27
    /// What a change of the window costs besides the bits in it, compared with keeping it.
    private static let windowBits = 11

    private(set) var count = 1
    private let first: SeriesPoint
    private var step: DeltaState
    private var time: DeltaState
    private var value: UInt64
    private var leading = 0
    private var width = 0
    private var bits = BitWriter()

    init(_ first: SeriesPoint) {
        self.first = first
        step = DeltaState(first: first.step, width: 0)
        time = DeltaState(first: first.timeMilliseconds, width: 4)
        value = first.value.bitPattern
    }

    var isFull: Bool { count >= Self.maximumCount }
    var byteCount: Int { Self.headBytes + bits.byteCount }

    mutating func append(_ point: SeriesPoint) {
        step.write(point.step, to: &bits)
        time.write(point.timeMilliseconds, to: &bits)
        let next = point.value.bitPattern
        let difference = next ^ value
        value = next
        count += 1
        guard difference != 0 else { return bits.write(0, 1) }
        let newLeading = min(31, difference.leadingZeroBitCount)
        let newWidth = 64 - newLeading - difference.trailingZeroBitCount
        let fits = newLeading >= leading && difference.trailingZeroBitCount >= 64 - leading - width
        if width > 0, fits, width <= newWidth + Self.windowBits {
            bits.write(0b10, 2)
        } else {
            (leading, width) = (newLeading, newWidth)
            bits.write(0b11 << 11 | UInt64(leading) << 6 | UInt64(width - 1), 13)
        }
        bits.write(difference >> UInt64(64 - leading - width), width)
    }

    var bytes: Data {
        var data = Data(capacity: byteCount)
        data.append(Self.format)
        withUnsafeBytes(of: UInt16(truncatingIfNeeded: count).littleEndian) { data.append(contentsOf: $0) }
        for word in [UInt64(bitPattern: first.step), UInt64(bitPattern: first.timeMilliseconds), first.value.bitPattern] {
            withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) }
        }
        bits.append(to: &data)
        return data
    }
}

enum BlockDecoder {
    /// Calls `body` with each point of a block. Throws `corrupt_content` for bytes that are no block; some points may have come by then.
    static func forEachPoint(in bytes: UnsafeRawBufferPointer, _ body: (SeriesPoint) -> Void) throws {
        guard bytes.count >= BlockEncoder.headBytes, bytes[0] == BlockEncoder.format else { throw Failure.unreadableColumn("block") }
        func word(_ offset: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        let count = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt16.self)))
        guard (1...BlockEncoder.maximumCount).contains(count) else { throw Failure.unreadableColumn("block") }

        var step = DeltaState(first: Int64(bitPattern: word(3)), width: 0)
        var time = DeltaState(first: Int64(bitPattern: word(11)), width: 4)
        var value = word(19)
        var (leading, width) = (0, 0)
        var bits = BitReader(bytes, from: BlockEncoder.headBytes)
        body(SeriesPoint(step: step.last, timeMilliseconds: time.last, value: Double(bitPattern: value)))
        for _ in 1..<count {
            step.read(from: &bits)
            time.read(from: &bits)
            switch bits.readOnes(limit: 2) {
            case 0: break
            case 2:
                leading = Int(bits.read(5))
                width = Int(bits.read(6)) + 1
                fallthrough
            default:
                guard width > 0, leading + width <= 64 else { throw Failure.unreadableColumn("block") }
                value ^= bits.read(width) << UInt64(64 - leading - width)
            }
            guard !bits.isExhausted else { throw Failure.unreadableColumn("block") }
            body(SeriesPoint(step: step.last, timeMilliseconds: time.last, value: Double(bitPattern: value)))
        }
    }

    static func points(in data: Data) throws -> [SeriesPoint] {
        var points: [SeriesPoint] = []
        points.reserveCapacity(BlockEncoder.maximumCount)
        try data.withUnsafeBytes { bytes in try forEachPoint(in: bytes) { points.append($0) } }
        return points
    }
}
