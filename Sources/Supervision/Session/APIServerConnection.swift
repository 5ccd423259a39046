import API
import Client
import Content
import Foundation

/// The real server, over HTTP, with the session's own token.
struct APIServerConnection: ServerConnection {
    let client: APIClient
    let session: SessionName
    /// What lies on this node need not be fetched.
    let store: ContentStore

    func putStream(_ stream: SessionStream, offset: Int64, epoch: Int, bytes: [UInt8]) async throws -> Int64 {
        try await client.putStream(stream, of: session, offset: offset, epoch: epoch, bytes: bytes).offset
    }

    func report(_ progress: SessionProgress) async throws {
        try await client.progress(of: session, progress)
    }

    func commands(after: Int64, epoch: Int, waitSeconds: Double) async throws -> [SupervisorCommand] {
        try await client.commands(for: session, after: after, waitSeconds: waitSeconds, epoch: epoch)
    }

    func answer(_ command: Int64, with answer: InferenceAnswer) async throws {
        try await client.answer(command, of: session, answer)
    }

    func pushTree(_ directory: URL) async throws -> Digest {
        try await Push(client).run(try await TreeScan.scan(directory))
    }

    func addCheckpoint(_ checkpoint: NewCheckpoint) async throws {
        try await client.addCheckpoint(of: session, checkpoint)
    }

    func fetchCheckpoint(_ reference: CheckpointReference, into directory: URL) async throws {
        let manifest = try await client.manifest(of: .checkpoint(reference))
        if try await store.missing(manifest.entries.map(\.digest)).isEmpty {
            try store.layOut(manifest.entries, at: directory, as: .writable, flushes: false)
        } else {
            try await Pull(client).run(.checkpoint(reference), into: directory)
        }
    }
}
