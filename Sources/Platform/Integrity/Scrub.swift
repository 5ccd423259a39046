import API
package import Content
import Foundation
package import Logging
import ServiceLifecycle
package import Store

/// Reads all content over and over, slowly, and puts aside what no longer matches its hash (G10). A pass takes a day at least, and as
/// long as the content needs at eight megabytes a second. Its place is kept in `DATA/scrub.json`, so a restart goes on where it was.
package struct Scrub: Service {
    /// How far a pass is.
    struct Place: Codable, Sendable {
        var after: Digest?
        var passStartedAt: Date
        var checkedCount: Int64 = 0
        var checkedBytes: Int64 = 0
        var damagedCount: Int64 = 0
    }

    private static let bytesPerSecond: Double = 8_000_000
    /// A piece costs at least as much as this many bytes: opening it is work too.
    private static let pieceBytes: Double = 16_384
    private static let passSeconds: Double = 86_400
    private static let saveInterval: Duration = .seconds(60)
    /// Content without a row is removed when it is older; an upload that is about to write its row is younger.
    private static let leftoverSeconds: Double = 86_400

    private let store: Store
    private let content: ContentStore
    private let file: URL
    private let logger: Logger
    private let rest: @Sendable (Duration) async throws -> Void

    /// - Parameter rest: waits; replaced by tests.
    package init(
        store: Store, content: ContentStore, directory: DataDirectory, logger: Logger,
        rest: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.content = content
        file = directory.root.appending(path: "scrub.json")
        self.logger = logger
        self.rest = rest
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await pass()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("scrubbing failed", metadata: ["error": "\(error)"])
                    // Only ends early when cancelled, which the loop sees.
                    try? await rest(Self.saveInterval)
                }
            }
        }
    }

    /// Waits until a pass is due, and makes it; goes on with one that was interrupted.
    func pass() async throws {
        var place = load() ?? Place(passStartedAt: Date())
        if place.after == nil {
            let due = min(place.passStartedAt.timeIntervalSinceNow, Self.passSeconds)
            if due > 0 { try await rest(.seconds(due)) }
            place.passStartedAt = Date()
            try await removeLeftovers()
        }
        let inspection = Inspection(content, after: place.after)
        var saved = ContinuousClock.now
        while true {
            let step = try await inspection.step()
            place.after = step.place
            place.checkedCount += Int64(step.checkedCount)
            place.checkedBytes += step.checkedBytes
            place.damagedCount += Int64(step.damaged.count)
            for digest in step.damaged {
                logger.error("stored content is damaged; it was put aside", metadata: ["digest": "\(digest)"])
            }
            for digest in step.unreadable { logger.error("the disk cannot read stored content", metadata: ["digest": "\(digest)"]) }
            if step.isOver { break }
            if ContinuousClock.now - saved >= Self.saveInterval {
                try save(place)
                saved = .now
            }
            do {
                let weight = Double(step.checkedBytes) + Double(step.checkedCount) * Self.pieceBytes
                try await rest(.seconds(weight / Self.bytesPerSecond))
            } catch {
                try save(place)
                throw error
            }
        }
        if place.checkedCount > 0 {
            logger.info(
                "scrubbed all content",
                metadata: ["count": "\(place.checkedCount)", "bytes": "\(place.checkedBytes)", "damaged": "\(place.damagedCount)"])
        }
        // By the wall clock, since the server may be down meanwhile; a step of the clock costs one pass more or less.
        try save(Place(passStartedAt: max(Date(), place.passStartedAt.addingTimeInterval(Self.passSeconds))))
    }

    private func load() -> Place? {
        // Absent at first; unreadable is as good as absent: then a pass begins anew.
        guard let data = try? Data(contentsOf: file), let place = try? Wire.decoder().decode(Place.self, from: data) else { return nil }
        return place
    }

    private func save(_ place: Place) throws {
        try DurableFile.write(json: place, to: file.path)
    }

    /// Removes files that no row knows, as a crash between the two leaves them.
    private func removeLeftovers() async throws {
        let limit = Date(timeIntervalSinceNow: -Self.leftoverSeconds)
        for byte in UInt8.min...UInt8.max {
            let old = try content.list(firstByte: byte).filter { $0.storedAt < limit }.map(\.digest)
            guard !old.isEmpty else { continue }
            let known = Set(try await store.read { try $0.content(firstByte: byte) }.map(\.digest))
            let leftovers = old.filter { !known.contains($0) }
            guard !leftovers.isEmpty else { continue }
            // On the writer, where rows are written: what was sent meanwhile has its row by now, and stays.
            try await store.write { transaction in
                try content.remove(leftovers.filter { try transaction.contentBytes(of: $0) == nil })
            }
            logger.info("content without a row removed", metadata: ["count": "\(leftovers.count)"])
        }
    }
}
