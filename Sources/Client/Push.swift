package import API
package import Content
import Synchronization

/// How far a push or a pull has come.
package struct TransferProgress: Sendable {
    /// Of what has to travel; what the other side has already does not count.
    package var bytes: Int64
    package var totalBytes: Int64
    package var files: Int
    package var totalFiles: Int
}

/// Brings a tree to the server: only what it lacks, small files many to a request, large ones resumable.
package struct Push: Sendable {
    /// How many digests are asked about in one question.
    private static let questionDigests = 10_000
    /// How many requests are on their way at once: while the server flushes one, the others travel.
    private static let width = 4

    private let client: APIClient
    private let progress: (@Sendable (TransferProgress) -> Void)?
    private let workers = WorkerPool(label: "nsml.push")
    private let retrying = Retrying()

    package init(_ client: APIClient, progress: (@Sendable (TransferProgress) -> Void)? = nil) {
        self.client = client
        self.progress = progress
    }

    /// Sends all content of `scan`, then its manifest, and gives the manifest's digest. When it returns, the server has all of it on
    /// disk. A file that changed since the scan throws `local_error` with its name. Sending again after an error sends
    /// only what is still missing. `manifest` stands in for the scan's own where the same content is to be laid out in another way.
    package func run(_ scan: Scan, as manifest: Manifest? = nil) async throws -> Digest {
        let bytes = try (manifest ?? scan.manifest()).bytes
        let digest = Digest(of: bytes)
        let lacking = try await missing(PushPlan.distinct(scan.entries))
        let plan = PushPlan(lacking)
        let counter = TransferCounter(
            bytes: lacking.reduce(0) { $0 + $1.size }, files: lacking.count, progress: lacking.isEmpty ? nil : progress)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, job) in plan.jobs.enumerated() {
                if index >= Self.width { try await group.next() }
                group.addTask { try await send(job, of: scan, counter) }
            }
            try await group.waitForAll()
        }
        try await send(manifest: bytes, digest)
        return digest
    }

    private func missing(_ entries: [Manifest.Entry]) async throws -> [Manifest.Entry] {
        var lacking: [Manifest.Entry] = []
        var start = 0
        while start < entries.count {
            let batch = entries[start..<min(start + Self.questionDigests, entries.count)]
            let missing = try await retrying.run { _ in Set(try await client.missingContent(batch.map(\.digest))) }
            lacking += batch.filter { missing.contains($0.digest) }
            start += batch.count
        }
        return lacking
    }

    private func send(_ job: PushPlan.Job, of scan: Scan, _ counter: TransferCounter) async throws {
        switch job {
        case .large(let entry): try await send(large: entry, of: scan, counter)
        case .pack(let entries):
            let pack = try await workers.run { try Self.pack(entries, of: scan) }
            try await retrying.run { _ in try await client.putPack(pack) }
            counter.add(bytes: job.bytes, files: entries.count)
        }
    }

    /// The pack of these files, each checked: what changed since the scan must not go under the old hash.
    private static func pack(_ entries: [Manifest.Entry], of scan: Scan) throws -> [UInt8] {
        let size = entries.reduce(0) { $0 + Pack.headerBytes + Int($1.size) }
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let all = UnsafeMutableRawBufferPointer(buffer)
            for entry in entries {
                all[count...].copyBytes(from: Pack.header(entry.digest, size: entry.size))
                count += Pack.headerBytes
                let place = UnsafeMutableRawBufferPointer(rebasing: all[count..<(count + Int(entry.size))])
                let file = try scan.open(entry)
                guard try file.read(into: place, at: 0) == place.count, Digest(of: place) == entry.digest else {
                    throw changed(entry)
                }
                count += place.count
            }
        }
    }

    private func send(large entry: Manifest.Entry, of scan: Scan, _ counter: TransferCounter) async throws {
        let file = try scan.open(entry)
        guard try file.status().size == entry.size else { throw Self.changed(entry) }
        var mayBeDamage = true
        // What this file has added to the counter; a resumed part is not added twice.
        let sent = Mutex<Int64>(0)
        try await retrying.run { gotOn in
            let state = try await client.uploadState(of: entry.digest)
            counter.move(sent, to: state.isComplete ? entry.size : state.receivedBytes)
            guard !state.isComplete else { return }
            if state.receivedBytes > 0 { gotOn() }
            let chunks = FileChunks(file: file, offset: state.receivedBytes, size: entry.size, workers: workers) { offset in
                counter.move(sent, to: offset)
            }
            do {
                _ = try await client.putContent(entry.digest, size: entry.size, offset: state.receivedBytes, chunks: chunks)
            } catch let failure as Failure where failure.code == .corruptContent && mayBeDamage {
                mayBeDamage = false
                let now = try await workers.run { try file.digest() }
                guard now == entry.digest else { throw Self.changed(entry) }
                // The file is as it was: what the server had staged was damaged, and is gone there.
                throw Failure(.unavailable, failure.message, hint: failure.hint)
            }
        }
        counter.add(bytes: 0, files: 1)
    }

    private func send(manifest bytes: [UInt8], _ digest: Digest) async throws {
        try await retrying.run { _ in
            guard try await !client.missingContent([digest]).isEmpty else { return }
            guard bytes.count >= PushPlan.largeBytes else {
                return try await client.putPack(Pack.header(digest, size: Int64(bytes.count)) + bytes)
            }
            let state = try await client.uploadState(of: digest)
            guard !state.isComplete else { return }
            let chunks = ArrayChunks(bytes: bytes, offset: Int(state.receivedBytes))
            _ = try await client.putContent(digest, size: Int64(bytes.count), offset: state.receivedBytes, chunks: chunks)
        }
    }

    private static func changed(_ entry: Manifest.Entry) -> Failure {
        Failure(.localError, "'\(entry.path)' changed while it was pushed", hint: "push again once nothing writes to it")
    }
}
