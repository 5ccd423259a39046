package import API
package import Foundation
import Glibc
import Store

/// How far one TensorBoard knows what its sessions have reported and which event files they have written, and what it is told next.
package actor TensorBoardFeed {
    /// Tells TensorBoard: a head of JSON, and a body.
    package typealias Telling = @Sendable (_ head: Data, _ body: Data) async throws -> Void

    /// Not looked for more often: a page asks a dozen things at once.
    private static let interval = Duration.seconds(1)
    /// TensorBoard itself keeps a thousand points of a series.
    private static let pointLimit = 2_000
    private static let metricsInOne = 200
    private static let pieceBytes = 4 << 20
    /// Of the event files of a session, in one look; what is beyond comes with the next.
    private static let bytesInOneLook: Int64 = 256 << 20
    /// More files and metrics are not shown: the page of a TensorBoard does not stand them.
    private static let fileLimit = 200
    private static let metricLimit = 12_000

    private struct Known {
        var metrics: [String: (count: Int64, step: Int64)] = [:]
        var files: [String: Int64] = [:]
    }

    package nonisolated let session: Int64
    private let names: [SessionName]
    private let store: Store
    private let files: SessionFileService
    private var known: [SessionName: Known] = [:]
    private var lookedAt: ContinuousClock.Instant?
    private var isLooking = false

    init(of names: [SessionName], session: Int64, store: Store, files: SessionFileService) {
        self.names = names
        self.session = session
        self.store = store
        self.files = files
    }

    /// Tells what is new of the sessions that the caller may still see. Who comes while another looks does not wait for that, unless
    /// nothing is known yet.
    package func bringUpToDate(for identity: Identity, telling: Telling) async throws {
        while isLooking, lookedAt == nil { try await Task.sleep(for: .milliseconds(20)) }
        if isLooking { return }
        if let lookedAt, lookedAt + Self.interval > .now { return }
        isLooking = true
        defer {
            isLooking = false
            lookedAt = .now
        }
        for name in names {
            // One that was removed, or is private now, stays as it was known.
            guard let session = try? await store.read({ try $0.visibleSession(name, to: identity) }) else { continue }
            try await tellMetrics(of: session.id, name, telling)
            try await tellFiles(of: name, identity, telling)
        }
    }

    private struct Head: Encodable {
        var `do`: String
        var run: String
        var restart: Bool?
        var path: String?
        var offset: Int64?
    }

    private struct Columns: Encodable {
        var steps: [Int64]
        var times: [Int64]
        var values: [MetricValue]
    }

    private func tellMetrics(of session: Int64, _ name: SessionName, _ telling: Telling) async throws {
        let found = try await store.series.metrics(session: session).prefix(Self.metricLimit)
        var before = known[name, default: Known()].metrics
        // It went on from a checkpoint, and steps were reported again: all of it comes anew.
        var isRestart = found.contains { metric in
            before[metric.name].map { metric.count < $0.count || (metric.count > $0.count && metric.lastStep <= $0.step) } ?? false
        }
        if isRestart { before = [:] }
        let news = found.filter { before[$0.name]?.count != $0.count }
        for start in stride(from: 0, to: news.count, by: Self.metricsInOne) {
            var columns: [String: Columns] = [:]
            for metric in news[(news.startIndex + start)...].prefix(Self.metricsInOne) {
                let series = try await store.series.points(
                    session: session, name: metric.name, fromStep: before[metric.name].map { $0.step + 1 }, limit: Self.pointLimit)
                columns[metric.name] = Columns(steps: series.steps, times: series.timesMilliseconds, values: series.values)
                before[metric.name] = (metric.count, max(metric.lastStep, series.steps.last ?? 0))
            }
            let head = Head(do: "points", run: name.description, restart: isRestart ? true : nil)
            try await telling(Wire.encoder().encode(head), Wire.encoder().encode(columns))
            isRestart = false
            known[name, default: Known()].metrics = before
        }
    }

    private func tellFiles(of name: SessionName, _ identity: Identity, _ telling: Telling) async throws {
        // A session that has not begun has no files.
        guard let list = try? await files.list(name, for: identity) else { return }
        var left = Self.bytesInOneLook
        for file in list.files.filter({ Self.isEventFile($0.path) }).prefix(Self.fileLimit) {
            var offset = known[name]?.files[file.path] ?? 0
            // Written anew.
            if file.bytes < offset { offset = 0 }
            guard offset < file.bytes, left > 0 else { continue }
            // Gone since it was listed.
            guard let opened = try? await files.open(file.path, of: name, for: identity) else { continue }
            defer { close(opened.descriptor) }
            while offset < opened.bytes, left > 0 {
                var piece = [UInt8](repeating: 0, count: min(Self.pieceBytes, Int(opened.bytes - offset)))
                let count = pread(opened.descriptor, &piece, piece.count, off_t(offset))
                guard count > 0 else { break }
                let head = Head(do: "file", run: name.description, path: file.path, offset: offset)
                try await telling(Wire.encoder().encode(head), Data(piece[..<count]))
                offset += Int64(count)
                left -= Int64(count)
                known[name, default: Known()].files[file.path] = offset
            }
        }
    }

    /// As TensorBoard itself tells them.
    private static func isEventFile(_ path: String) -> Bool {
        path.split(separator: "/").last.map { $0.contains("tfevents") } ?? false
    }
}
