import API

/// A stretch of a series that is to be drawn, in the order of its reports.
struct SeriesRun: Sendable {
    enum Piece: Sendable {
        /// A whole block, unopened.
        case block(id: Int64, count: Int64, outline: BlockOutline)
        case points([SeriesPoint])

        var count: Int64 {
            switch self {
            case .block(_, let count, _): count
            case .points(let points): Int64(points.count)
            }
        }
    }

    let pieces: [Piece]
    let count: Int64

    init(pieces: [Piece]) {
        self.pieces = pieces
        count = pieces.reduce(0) { $0 + $1.count }
    }

    /// All points when they are `limit` or fewer; else the first, the last, and what stands out of each of many buckets.
    ///
    /// Buckets hold equally many points. Only blocks that are cut by the edge of a bucket are opened; once a bucket is as large as a block,
    /// its edges are moved to those of blocks, and none is.
    func thinned(to limit: Int, from transaction: Transaction) throws -> [SeriesPoint] {
        guard count > limit else { return try allPoints(from: transaction) }
        var buckets = Buckets(count: count, number: max(1, (limit - 2) / (isOdd ? 3 : 2)))
        let isCoarse = buckets.size >= Double(BlockEncoder.maximumCount)
        var position: Int64 = 0
        for piece in pieces {
            switch piece {
            case .block(let id, let count, let outline):
                if let bucket = isCoarse ? buckets.index(of: position + count / 2) : buckets.index(holding: position, count) {
                    buckets.add(outline, at: position, to: bucket)
                } else {
                    var place = position
                    try transaction.forEachPoint(ofBlock: id) { point in
                        buckets.add(point, at: place)
                        place += 1
                    }
                }
            case .points(let points):
                for (index, point) in points.enumerated() { buckets.add(point, at: position + Int64(index)) }
            }
            position += piece.count
        }
        return buckets.marks.map(\.point)
    }

    /// Whether any value is not finite; points at the range's ends are not looked at.
    private var isOdd: Bool {
        pieces.contains { piece in
            switch piece {
            case .block(_, _, let outline): outline.odd != nil
            case .points(let points): points.contains { !$0.value.isFinite }
            }
        }
    }

    private func allPoints(from transaction: Transaction) throws -> [SeriesPoint] {
        var result: [SeriesPoint] = []
        result.reserveCapacity(Int(count))
        for piece in pieces {
            switch piece {
            case .block(let id, _, _): try transaction.forEachPoint(ofBlock: id) { result.append($0) }
            case .points(let points): result += points
            }
        }
        return result
    }
}

/// Equal stretches of a run, and what stands out of each.
struct Buckets: Sendable {
    private let count: Int64
    private var outlines: [BlockOutline]
    /// The bucket of the last point and the positions that it holds: points come one after the other, and dividing for each is what
    /// a long range would spend its time on.
    private var current = 0
    private var held: Range<Int64> = 0..<0

    /// How many points are in each, on average.
    var size: Double { Double(count) / Double(outlines.count) }

    init(count: Int64, number: Int) {
        self.count = count
        outlines = Array(repeating: BlockOutline(), count: number)
    }

    func index(of position: Int64) -> Int? { Int(position * Int64(outlines.count) / count) }

    /// The bucket that holds `length` points from `position` on; nil when an edge cuts them.
    func index(holding position: Int64, _ length: Int64) -> Int? {
        let index = index(of: position)
        return index == self.index(of: position + length - 1) ? index : nil
    }

    @inline(__always)
    mutating func add(_ point: SeriesPoint, at position: Int64) {
        if !held.contains(position) { move(to: position) }
        outlines[current].add(point, at: position)
    }

    private mutating func move(to position: Int64) {
        let number = Int64(outlines.count)
        let index = position * number / count
        // The first position of a bucket is the least whose quotient is its index.
        held = (index * count + number - 1) / number..<((index + 1) * count + number - 1) / number
        current = Int(index)
    }

    mutating func add(_ outline: BlockOutline, at position: Int64, to index: Int) {
        outlines[index].add(outline, at: position)
    }

    /// What is kept, in order, each point once.
    var marks: [Mark] {
        var marks: [Mark] = []
        if let first = outlines.lazy.compactMap(\.first).first { marks.append(first) }
        for mark in outlines.lazy.flatMap(\.extremes) where mark.position != marks.last?.position { marks.append(mark) }
        if let last = outlines.last(where: { $0.last != nil })?.last, last.position != marks.last?.position { marks.append(last) }
        return marks
    }
}
