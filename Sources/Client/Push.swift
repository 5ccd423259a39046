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
        let entries = PushPlan.distinct(scan.entries)
        if let lacking = try await missing(ofKnown: digest, entries) {
            try await send(lacking, of: scan)
        } else {
            try await send(try await missing(entries), of: scan)
            try await send(manifest: bytes, digest)
        }
        return digest
    }

    private func send(_ lacking: [Manifest.Entry], of scan: Scan) async throws {
        guard !lacking.isEmpty else { return }
        var plan = PushPlan(lacking)
        let counter = TransferCounter(bytes: lacking.reduce(0) { $0 + $1.size }, files: lacking.count, progress: progress)
        try await withThrowingTaskGroup(of: (PushPlan.Job, Duration).self) { group in
            var running = 0
            while true {
                if running == Self.width, let (job, time) = try await group.next() {
                    plan.sent(job, in: time)
                    running -= 1
                }
                guard let job = plan.next() else { break }
                running += 1
                group.addTask {
                    let time = try await ContinuousClock().measure { try await send(job, of: scan, counter) }
                    return (job, time)
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: What is missing

    /// For a tree whose manifest the server has, as when it is pushed again: it can look itself, and no list of files travels. nil when
    /// it does not have it.
    private func missing(ofKnown manifest: Digest, _ entries: [Manifest.Entry]) async throws -> [Manifest.Entry]? {
        do {
            let missing = try await retrying.run { _ in Set(try await client.missingContent(of: manifest)) }
            // More than fits an answer: then the lists it is.
            guard missing.count < DigestList.maximumCount else { return nil }
            return entries.filter { missing.contains($0.digest) }
        } catch let failure as Failure where failure.code == .notFound {
            return nil
        }
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

    // MARK: Sending

    private func send(_ job: PushPlan.Job, of scan: Scan, _ counter: TransferCounter) async throws {
        switch job {
        case .large(let entry): try await send(large: entry, of: scan, counter)
        case .pack(let entries): try await send(pack: entries, of: scan, counter)
        }
    }

    private func send(pack entries: [Manifest.Entry], of scan: Scan, _ counter: TransferCounter) async throws {
        let bytes = entries.reduce(0) { $0 + $1.size }
        var mayBeDamage = true
        let sent = Mutex<Int64>(0)
        try await retrying.run { _ in
            counter.move(sent, to: 0)
            let chunks = PackChunks(entries: entries, scan: scan, workers: workers) { counter.move(sent, to: $0) }
            do {
                try await client.putPack(chunks, length: bytes + Int64(entries.count * Pack.headerBytes))
            } catch let failure as Failure where failure.code == .corruptContent && mayBeDamage {
                mayBeDamage = false
                for entry in entries {
                    guard try await workers.run({ try scan.open(entry).digest() }) == entry.digest else { throw Self.changed(entry) }
                }
                throw Failure(.unavailable, failure.message, hint: failure.hint)
            }
        }
        counter.move(sent, to: bytes)
        counter.add(bytes: 0, files: entries.count)
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
            guard bytes.count >= PushPlan.largeBytes else {
                return try await client.putPack(Pack.header(digest, size: Int64(bytes.count)) + bytes)
            }
            let state = try await client.uploadState(of: digest)
            guard !state.isComplete else { return }
            let chunks = ArrayChunks(bytes: bytes, offset: Int(state.receivedBytes))
            _ = try await client.putContent(digest, size: Int64(bytes.count), offset: state.receivedBytes, chunks: chunks)
        }
    }

    static func changed(_ entry: Manifest.Entry) -> Failure {
        Failure(.localError, "'\(entry.path)' changed while it was pushed", hint: "push again once nothing writes to it")
    }
}
