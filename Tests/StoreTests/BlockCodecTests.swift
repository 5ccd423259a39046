import API
import Foundation
import Testing

@testable import Store

@Suite struct BlockCodecTests {
    private func encode(_ points: [SeriesPoint]) -> BlockEncoder? {
        guard let first = points.first else { return nil }
        var encoder = BlockEncoder(first)
        for point in points.dropFirst() { encoder.append(point) }
        return encoder
    }

    private func bits(_ points: [SeriesPoint]) -> [[UInt64]] {
        points.map { [UInt64(bitPattern: $0.step), UInt64(bitPattern: $0.timeMilliseconds), $0.value.bitPattern] }
    }

    private static let oddValues: [Double] = [
        0, -0.0, 1, -1, .nan, -.nan, .signalingNaN, Double(nan: 0x1234, signaling: false), .infinity, -.infinity, .leastNonzeroMagnitude,
        .greatestFiniteMagnitude, .pi, 1e-300,
    ]

    private func random(_ generator: inout SeededGenerator, count: Int) -> [SeriesPoint] {
        let stepKind = Int.random(in: 0..<4, using: &generator)
        let timeKind = Int.random(in: 0..<4, using: &generator)
        let valueKind = Int.random(in: 0..<5, using: &generator)
        var (step, time, value) = (Int64.random(in: 0...1_000, using: &generator), Int64(1_795_400_000_000), 1.0)
        return (0..<count).map { index in
            switch stepKind {
            case 0: step += 1
            case 1: step += Int64.random(in: -3...10, using: &generator)
            case 2: step = Int64(bitPattern: generator.next())
            default: step = index % 100 == 99 ? 0 : step + 100
            }
            switch timeKind {
            case 0: time += 1_000
            case 1: time += Int64.random(in: 5...15, using: &generator)
            case 2: time = Int64(bitPattern: generator.next())
            default: time += index % 50 == 0 ? 60_000 : 10
            }
            switch valueKind {
            case 0: value *= 1 + Double.random(in: -0.1...0.1, using: &generator)
            case 1: value = Double(bitPattern: generator.next())
            case 2: value = Double(Float.random(in: 0...1, using: &generator))
            case 3: value = Self.oddValues.randomElement(using: &generator) ?? 0
            default: value = Double(Int.random(in: 0...3, using: &generator))
            }
            return SeriesPoint(step: step, timeMilliseconds: time, value: value)
        }
    }

    @Test("all points come back bit for bit", arguments: 0..<40)
    func fuzz(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<8 {
            let points = random(&generator, count: Int.random(in: 1...BlockEncoder.maximumCount, using: &generator))
            let encoder = try #require(encode(points))
            let data = encoder.bytes
            #expect(data.count == encoder.byteCount && encoder.count == points.count)
            #expect(bits(try BlockDecoder.points(in: data)) == bits(points))
        }
    }

    @Test("extremes of whole numbers come back")
    func extremes() throws {
        let points = [Int64.max, .min, 0, -1, .max, .min, .min, 1 << 53].map { SeriesPoint(step: $0, timeMilliseconds: ~$0, value: -0.0) }
        let encoder = try #require(encode(points))
        #expect(bits(try BlockDecoder.points(in: encoder.bytes)) == bits(points))
    }

    @Test("damaged bytes are refused or read as something, and never crash", arguments: 0..<10)
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let encoder = try #require(encode(random(&generator, count: 200)))
        let whole = encoder.bytes
        for _ in 0..<100 {
            var data = whole
            if Bool.random(using: &generator) { data = data.prefix(Int.random(in: 0..<whole.count, using: &generator)) }
            if let position = data.indices.randomElement(using: &generator) {
                data[position] = UInt8.random(in: 0...255, using: &generator)
            }
            do { _ = try BlockDecoder.points(in: Data(data)) } catch let failure as Failure { #expect(failure.code == .corruptContent) }
        }
        #expect(throws: Failure.self) { try BlockDecoder.points(in: whole.prefix(whole.count - 1)) }
    }

    @Test("a block of floats with jittered times takes at most 8 bytes a point")
    func size() throws {
        var generator = SeededGenerator(seed: 1)
        func bytesPerPoint(_ value: (inout SeededGenerator) -> Double) throws -> Double {
            var time: Int64 = 1_795_400_000_000
            let points = (0..<1_024).map { index in
                time += Int64.random(in: 90...110, using: &generator)
                return SeriesPoint(step: Int64(index) * 10, timeMilliseconds: time, value: value(&generator))
            }
            return Double(try #require(encode(points)).byteCount) / 1_024
        }
        let floats = try bytesPerPoint { Double(Float.random(in: 0.2...0.4, using: &$0)) }
        let doubles = try bytesPerPoint { Double.random(in: 0.2...0.4, using: &$0) }
        let constant = try bytesPerPoint { _ in 0.001 }
        print("bytes a point: floats \(floats), doubles \(doubles), a constant \(constant)")
        #expect(floats < 5 && doubles < 8 && constant < 1.2)
    }

    @Test("an outline keeps the marks of a block, and comes back")
    func outline() throws {
        var outline = BlockOutline()
        let values: [Double] = [2, 1, .nan, 5, .infinity, 1, 5]
        let points = values.enumerated().map { SeriesPoint(step: Int64($0.offset), timeMilliseconds: 9, value: $0.element) }
        for (index, point) in points.enumerated() { outline.add(point, at: Int64(index)) }
        let copy = try BlockOutline(outline.bytes)
        #expect(copy.first?.position == 0 && copy.last?.position == 6)
        #expect(copy.minimum?.position == 1 && copy.maximum?.position == 3 && copy.odd?.position == 2)
        #expect(copy.extremes.map(\.position) == [1, 2, 3])
        #expect(try BlockOutline(BlockOutline().bytes).first == nil)
        #expect(throws: Failure.self) { try BlockOutline(outline.bytes.dropLast()) }
    }
}
