package import API
import Content
package import Foundation
import Synchronization

/// Brings a tree, or part of it, from the server into a directory.
package struct Pull: Sendable {
    /// One request asks for so many pieces, or bytes, at most; a larger file goes alone.
    private static let batchPieces = 500
    private static let batchBytes: Int64 = 64 << 20
    private static let width = 4

    private let client: APIClient
    private let progress: (@Sendable (TransferProgress) -> Void)?
    private let workers = WorkerPool(label: "nsml.pull")
    private let retrying = Retrying()

    package init(_ client: APIClient, progress: (@Sendable (TransferProgress) -> Void)? = nil) {
        self.client = client
        self.progress = progress
    }

    /// Writes the files of `tree` whose path `wanted` accepts below `directory`, and says which. Files that are there already with the right
    /// content stay; one with other content throws `already_exists` before anything is fetched, unless `overwrite` is set.
    /// What arrives is checked against its hash before it gets its name. After an error, pulling again goes on.
    @discardableResult
    package func run(
        _ tree: RemoteTree, into directory: URL, overwrite: Bool = false, wanted: (String) -> Bool = { _ in true }
    ) async throws -> [Manifest.Entry] {
        let manifest = try await retrying.run { _ in try await client.manifest(of: tree) }
        let entries = manifest.entries.filter { wanted($0.path) }
        let writer = try await workers.run { try TreeWriter(directory: directory) }
        let lacking = try await workers.run { try Self.lacking(entries, writer, overwrite: overwrite) }
        let byDigest = Dictionary(grouping: lacking, by: \.digest)
        let distinct = PushPlan.distinct(lacking)
        let counter = TransferCounter(bytes: distinct.reduce(0) { $0 + $1.size }, files: distinct.count, progress: progress)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, batch) in Self.batches(distinct).enumerated() {
                if index >= Self.width { try await group.next() }
                group.addTask {
                    let rest = Mutex(batch)
                    try await retrying.run { gotOn in
                        let intake = PullIntake(writer: writer, places: byDigest, overwrite: overwrite) { entry in
                            rest.withLock { $0.removeAll { $0.digest == entry.digest } }
                            counter.add(bytes: entry.size, files: 1)
                        }
                        let before = rest.withLock { $0 }
                        defer { if rest.withLock({ $0.count }) < before.count { gotOn() } }
                        try await fetch(before.map(\.digest), of: tree, intake)
                    }
                }
            }
            try await group.waitForAll()
        }
        return entries
    }

    /// The entries that have to be fetched.
    private static func lacking(_ entries: [Manifest.Entry], _ writer: TreeWriter, overwrite: Bool) throws -> [Manifest.Entry] {
        try entries.filter { entry in
            guard let isSame = try writer.holds(entry) else { return true }
            guard isSame || overwrite else { throw TreeWriter.taken(entry.path) }
            return !isSame
        }
    }

    static func batches(_ entries: [Manifest.Entry]) -> [[Manifest.Entry]] {
        var batches: [[Manifest.Entry]] = []
        var batch: [Manifest.Entry] = []
        var bytes: Int64 = 0
        for entry in entries {
            if !batch.isEmpty, batch.count == batchPieces || bytes + entry.size > batchBytes {
                batches.append(batch)
                (batch, bytes) = ([], 0)
            }
            batch.append(entry)
            bytes += entry.size
        }
        return batch.isEmpty ? batches : batches + [batch]
    }

    private func fetch(_ digests: [Digest], of tree: RemoteTree, _ intake: PullIntake) async throws {
        for try await block in try await client.content(of: tree, digests) {
            try await workers.run { try intake.take(block) }
        }
        try intake.finish()
    }
}

/// Takes one pack apart into files.
private final class PullIntake: Sendable {
    private struct State {
        var reader = PackReader()
        var piece: TreeWriter.Piece?
        var digest: Digest?
        var hash = RunningHash()
        var written: Int64 = 0
    }

    private let writer: TreeWriter
    private let places: [Digest: [Manifest.Entry]]
    private let overwrite: Bool
    private let placed: @Sendable (Manifest.Entry) -> Void
    private let state = Mutex(State())

    init(
        writer: TreeWriter, places: [Digest: [Manifest.Entry]], overwrite: Bool, placed: @escaping @Sendable (Manifest.Entry) -> Void
    ) {
        (self.writer, self.places, self.overwrite, self.placed) = (writer, places, overwrite, placed)
    }

    func take(_ block: [UInt8]) throws {
        try state.withLock { state in
            var reader = state.reader
            try reader.read(block) { try take($0, &state) }
            state.reader = reader
        }
    }

    /// A pack that breaks off is a lost connection, or damage that the server noticed.
    func finish() throws {
        guard state.withLock({ $0.reader.isBetweenPieces }) else {
            throw Failure(.serverUnreachable, "the answer broke off", hint: "try again; the server's log may say why")
        }
    }

    private func take(_ event: PackReader.Event, _ state: inout State) throws {
        switch event {
        case .begin(let digest, _):
            guard places[digest] != nil else { throw Failure(.corruptContent, "content \(digest) came, and nobody asked for it") }
            state.piece = try writer.begin()
            (state.digest, state.hash, state.written) = (digest, RunningHash(), 0)
        case .bytes(let bytes):
            try state.piece?.write(bytes, at: state.written)
            bytes.withUnsafeBytes { state.hash.update($0) }
            state.written += Int64(bytes.count)
        case .end:
            guard let piece = state.piece, let digest = state.digest, let entries = places[digest], let first = entries.first else {
                return
            }
            state.piece = nil
            guard state.hash.finish() == digest else {
                throw Failure(.corruptContent, "'\(first.path)' arrived damaged", hint: "try again")
            }
            try writer.place(piece, as: entries, overwrite: overwrite)
            placed(first)
        }
    }
}
