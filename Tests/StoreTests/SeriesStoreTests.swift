import API
import Foundation
import GRDB
import Testing
import TestSupport

@testable import Store

@Suite struct SeriesStoreTests {
    private func reports(_ range: Range<Int>, _ name: String = "loss", value: (Int) -> Double = { Double($0) }) -> [Report] {
        range.map { Report(step: Int64($0), timeMilliseconds: Int64($0) * 10, values: [(name, value($0))]) }
    }

    private func all(_ store: Store, _ name: String = "loss", session: Int64 = 1) async throws -> [Double] {
        try await store.series.points(session: session, name: name, limit: 100_000).values.map(\.value)
    }

    @Test("points come back over many small and large pieces, also after opening again")
    func growing() async throws {
        try await withTemporaryDirectory { directory in
            var generator = SeededGenerator(seed: 3)
            var count = 0
            while count < 5_000 {
                let store = try Store(directory: directory, logger: silent)
                for _ in 0..<5 {
                    let next = count + Int.random(in: 1...700, using: &generator)
                    try await store.series.append(session: 1, reports: reports(count..<next), from: Int64(count), to: Int64(next))
                    count = next
                }
                try store.close()
            }
            let store = try Store(directory: directory, logger: silent)
            #expect(try await all(store) == (0..<count).map(Double.init))
            let summary = try #require(try await store.series.metrics(session: 1).first)
            #expect(summary.count == Int64(count) && summary.last.value == Double(count - 1) && summary.lastStep == Int64(count - 1))
            #expect(summary.minimum?.value == 0 && summary.maximum?.value == Double(count - 1) && summary.maximumStep == Int64(count - 1))
            let blocks = try await store.read { try Int.fetchOne($0.database, sql: "SELECT count(*) FROM series.block") }
            #expect(blocks == (count + 1_023) / 1_024)
            try store.close()
        }
    }

    @Test("a gap and a repetition are refused with the offset that is wanted, and change nothing")
    func offsets() async throws {
        try await withStore { store in
            try await store.series.append(session: 1, reports: reports(0..<3), from: 0, to: 30)
            for (from, to) in [(Int64(0), Int64(30)), (40, 50), (29, 30), (30, 20)] {
                let failure = await failure { try await store.series.append(session: 1, reports: reports(3..<5), from: from, to: to) }
                #expect(failure?.code == .offsetGap && failure?.offset == 30)
            }
            #expect(try await all(store) == [0, 1, 2])
            #expect(try await store.series.offset(session: 1, stream: .journal) == 30)
            try await store.series.append(session: 1, reports: reports(3..<5), from: 30, to: 30)
            #expect(try await all(store) == [0, 1, 2, 3, 4])
            #expect(try await store.series.offset(session: 2, stream: .journal) == 0)
        }
    }

    @Test("a session that goes on from a checkpoint reports steps again, and no step is drawn twice", arguments: [20, 3_000])
    func restart(count: Int) async throws {
        try await withStore { store in
            let series = store.series
            // The lost branch was better than what follows.
            try await series.append(
                session: 1, reports: reports(0..<count) { $0 == count - 1 ? -1 : Double($0) }, from: 0, to: 10)
            try await series.append(session: 1, reports: reports(0..<1, "other"), from: 10, to: 11)
            let from = count / 2
            try await series.append(session: 1, reports: reports(from..<from + 2) { _ in 7 }, restarts: [0], from: 11, to: 20)
            #expect(try await all(store) == (0..<from).map(Double.init) + [7, 7])
            // What has not been reported again is the last that is known.
            #expect(try await all(store, "other") == [0])
            let summary = try #require(try await series.metrics(session: 1).first { $0.name == "loss" })
            #expect(summary.count == Int64(from + 2) && summary.minimum?.value == 0 && summary.lastStep == Int64(from + 1))
            // The mark may come at the end of a piece, and twice.
            try await series.append(session: 1, reports: reports(from + 2..<from + 4) { _ in 8 }, restarts: [2, 2], from: 20, to: 30)
            try await series.append(session: 1, reports: reports(1..<2) { _ in 9 } + reports(2..<3, "other"), from: 30, to: 40)
            #expect(try await all(store) == [0, 9])
            #expect(try await all(store, "other") == [0, 2])
        }
    }

    @Test("the output's offset moves on by itself")
    func outputOffset() async throws {
        try await withStore { store in
            try await store.series.setOffset(session: 1, stream: .output, from: 0, to: 100)
            let failure = await failure { try await store.series.setOffset(session: 1, stream: .output, from: 50, to: 200) }
            #expect(failure?.code == .offsetGap && failure?.offset == 100)
            #expect(try await store.series.offset(session: 1, stream: .output) == 100)
            #expect(try await store.series.offset(session: 1, stream: .journal) == 0)
            try await store.series.append(session: 1, reports: [], from: 0, to: 10)
            try await store.series.setOffset(session: 1, stream: .journal, from: 10, to: 20)
            try await store.series.append(session: 1, reports: [], from: 20, to: 30)
            #expect(try await store.series.offset(session: 1, stream: .journal) == 30)
        }
    }

    @Test("NaN and the infinities come back, and bests ignore NaN")
    func oddValues() async throws {
        try await withStore { store in
            let values: [Double] = [.nan, 2, -.infinity, .nan, 3, -0.0]
            try await store.series.append(session: 1, reports: reports(0..<6) { values[$0] }, from: 0, to: 1)
            try await store.series.append(session: 1, reports: reports(0..<2, "only") { _ in .nan }, from: 1, to: 2)
            #expect(try await all(store).map(\.bitPattern) == values.map(\.bitPattern))
            let summaries = try await store.series.metrics(session: 1)
            #expect(summaries.map(\.name) == ["loss", "only"])
            #expect(summaries[0].minimum?.value == -.infinity && summaries[0].minimumStep == 2)
            #expect(summaries[0].maximum?.value == 3 && summaries[0].maximumStep == 4)
            #expect(summaries[1].minimum == nil && summaries[1].maximumStep == nil && summaries[1].last.value.isNaN)
        }
    }

    @Test("a range of steps holds what was reported in it, though steps go back")
    func ranges() async throws {
        try await withStore { store in
            // Two runs over the same steps, as after a resumption; several blocks each.
            try await store.series.append(session: 1, reports: reports(0..<3_000), from: 0, to: 1)
            try await store.series.append(session: 1, reports: reports(1_000..<3_000) { -Double($0) }, from: 1, to: 2)
            let columns = try await store.series.points(session: 1, name: "loss", fromStep: 900, toStep: 1_100, limit: 1_000)
            #expect(columns.steps == Array(900...1_100) + Array(1_000...1_100))
            #expect(columns.totalCount == 302 && columns.values.last?.value == -1_100)
            #expect(columns.timesMilliseconds.first == 9_000)
            let empty = try await store.series.points(session: 1, name: "loss", fromStep: 5_000, toStep: 10, limit: 10)
            #expect(empty.totalCount == 0 && empty.steps.isEmpty)
            let unheard = try await store.series.points(session: 1, name: "unheard", limit: 10)
            #expect(unheard.totalCount == 0)
        }
    }

    @Test(
        "thinning keeps the ends, the extremes of each bucket and the gaps",
        arguments: [(3_000, 100), (30_000, 100), (30_000, 10), (2_000, 1_999)])
    func thinning(count: Int, limit: Int) async throws {
        try await withStore { store in
            var generator = SeededGenerator(seed: UInt64(count + limit))
            var values = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
            (values[count / 3], values[count / 2], values[count / 5]) = (99, -99, .nan)
            try await store.series.append(session: 1, reports: reports(0..<count) { values[$0] }, from: 0, to: 1)
            let columns = try await store.series.points(session: 1, name: "loss", limit: limit)
            #expect(columns.totalCount == Int64(count) && columns.steps.count <= limit && columns.steps.count > limit / 3)
            #expect(columns.steps == columns.steps.sorted() && Set(columns.steps).count == columns.steps.count)
            #expect(columns.steps.first == 0 && columns.steps.last == Int64(count - 1))
            let kept = columns.values.map(\.value)
            #expect(kept.contains(99) && kept.contains(-99) && kept.contains { $0.isNaN })
            for (step, value) in zip(columns.steps, kept) { #expect(value.bitPattern == values[Int(step)].bitPattern) }
        }
    }

    @Test("each bucket's extremes are exact, where blocks are opened and where they are not")
    func exactBuckets() async throws {
        try await withStore { store in
            var generator = SeededGenerator(seed: 5)
            let count = 40_960
            let values = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
            try await store.series.append(session: 1, reports: reports(0..<count) { values[$0] }, from: 0, to: 1)
            for (limit, size) in [(10 + 2, 8_192), (2 * 80 + 2, 512)] {
                let columns = try await store.series.points(session: 1, name: "loss", limit: limit)
                let steps = Set(columns.steps)
                for start in stride(from: 0, to: count, by: size) {
                    let bucket = start..<start + size
                    let low = try #require(bucket.min { values[$0] < values[$1] })
                    let high = try #require(bucket.max { values[$0] < values[$1] })
                    #expect(steps.contains(Int64(low)) && steps.contains(Int64(high)))
                }
            }
        }
    }

    @Test("12,000 metrics in one report are stored and listed")
    func manyNames() async throws {
        try await withStore { store in
            for round in 0..<2 {
                let values = (0..<12_000).map { (name: "layer\($0)/norm", value: Double($0 + round)) }
                let report = Report(step: Int64(round), timeMilliseconds: 0, values: values)
                try await store.series.append(session: 1, reports: [report], from: Int64(round), to: Int64(round + 1))
            }
            let summaries = try await store.series.metrics(session: 1)
            #expect(summaries.count == 12_000 && summaries.allSatisfy { $0.count == 2 })
            #expect(try await store.series.metricNames(prefix: "layer1199", limit: 100).count == 11)
            #expect(try await store.series.metricNames(prefix: "x", session: 1, limit: 100).isEmpty)
        }
    }

    @Test("names beyond the limit are refused and leave nothing behind")
    func refusedNames() async throws {
        try await withStore { store in
            for part in 0..<5 {
                let values = (0..<11_000).map { (name: "name\(part)/\($0)", value: 0.0) }
                let report = Report(step: Int64(part), timeMilliseconds: 0, values: values)
                try await store.series.append(session: 1, reports: [report], from: Int64(part), to: Int64(part + 1))
            }
            #expect(try await store.series.metrics(session: 1).count == SessionTails.maximumNames)
            #expect(try await store.series.metricNames(limit: 100_000).count == SessionTails.maximumNames)
            // What is known goes on.
            let report = Report(step: 9, timeMilliseconds: 7, values: [(name: "name0/0", value: 1.0), (name: "new", value: 1.0)])
            try await store.series.append(session: 1, reports: [report], from: 5, to: 6)
            let first = try #require(try await store.series.metrics(session: 1).first { $0.name == "name0/0" })
            #expect(first.count == 2 && first.lastStep == 9 && first.lastTimeMilliseconds == 7)
        }
    }

    @Test("what a session uses is kept apart from what it reports, and goes with it")
    func usage() async throws {
        try await withStore { store in
            try await store.series.append(session: 1, reports: reports(0..<3, "cpu"), from: 0, to: 30)
            try await store.series.appendUsage(session: 1, reports: reports(5..<9, "cpu"), from: 0, to: 12)
            let failure = await failure { try await store.series.appendUsage(session: 1, reports: reports(9..<10), from: 0, to: 14) }
            #expect(failure?.code == .offsetGap && failure?.offset == 12)
            #expect(try await store.series.offset(session: 1, stream: .usage) == 12)
            #expect(try await store.series.usage(session: 1, limit: 100).map(\.steps) == [[5, 6, 7, 8]])
            #expect(try await all(store, "cpu") == [0, 1, 2])
            #expect(try await store.series.metrics(session: 1).map(\.count) == [3])
            #expect(try await store.series.sessions() == [1])
            try await store.series.remove(session: 1)
            #expect(try await store.series.sessions().isEmpty)
            #expect(try await store.series.usage(session: 1, limit: 100).isEmpty)
        }
    }

    @Test("texts are kept in order")
    func texts() async throws {
        try await withStore { store in
            let report = Report(step: 4, timeMilliseconds: 5, values: [], texts: [("note", "a"), ("other", "b")])
            try await store.series.append(session: 1, reports: [report, report], from: 0, to: 1)
            let first = try await store.series.texts(session: 1, limit: 3)
            #expect(first.map(\.text) == ["a", "b", "a"] && first[1].name == "other" && first[0].step == 4)
            let after = try #require(first.last).number
            #expect(try await store.series.texts(session: 1, after: after, limit: 3).map(\.text) == ["b"])
        }
    }

    @Test("a session that was removed has nothing left, and may begin again")
    func removal() async throws {
        try await withStore { store in
            for session in [Int64(1), 2] {
                let report = Report(step: 0, timeMilliseconds: 0, values: [("loss", 1)], texts: [("note", "a")])
                try await store.series.append(session: session, reports: [report], from: 0, to: 5)
            }
            try await store.series.remove(session: 1)
            #expect(try await store.series.metrics(session: 1).isEmpty)
            #expect(try await store.series.texts(session: 1, limit: 9).isEmpty)
            #expect(try await store.series.offset(session: 1, stream: .journal) == 0)
            try await store.series.append(session: 1, reports: reports(0..<2), from: 0, to: 5)
            #expect(try await all(store) == [0, 1])
            #expect(try await all(store, session: 2) == [1])
        }
    }

    @Test("what a failed write left in memory is forgotten")
    func rollback() async throws {
        try await withStore { store in
            try await store.series.append(session: 1, reports: reports(0..<10), from: 0, to: 10)
            // The summary is written, then the block cannot be.
            try await store.series.execute("ALTER TABLE block RENAME TO hidden")
            await #expect(throws: (any Error).self) {
                try await store.series.append(session: 1, reports: reports(10..<20), from: 10, to: 20)
            }
            try await store.series.execute("ALTER TABLE hidden RENAME TO block")
            try await store.series.append(session: 1, reports: reports(10..<15), from: 10, to: 20)
            #expect(try await all(store) == (0..<15).map(Double.init))
            #expect(try await store.series.metrics(session: 1).first?.count == 15)
        }
    }
}
