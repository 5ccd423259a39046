package import API
import Content
import Foundation

/// About content: what is there, and how it gets there and back.
extension APIClient {
    /// Those of `digests` that the server lacks. At most `DigestList.maximumCount`.
    package func missingContent(_ digests: [Digest]) async throws -> [Digest] {
        try await call(Endpoints.missingContent, body: DigestList(digests: digests), as: DigestList.self, timeoutSeconds: 120).digests
    }

    /// What the server lacks of a tree whose manifest it has; `not_found` when it does not have that. At most
    /// `DigestList.maximumCount`.
    package func missingContent(of manifest: Digest) async throws -> [Digest] {
        try await call(Endpoints.missingOfManifest, ["digest": manifest.hex], as: DigestList.self, timeoutSeconds: 120).digests
    }

    /// How much of an upload of ours the server has.
    package func uploadState(of digest: Digest) async throws -> UploadState {
        try await call(Endpoints.contentUpload, ["digest": digest.hex])
    }

    /// Sends the bytes of `digest` from `offset` on; `length` of them, out of `size`.
    package func putContent<Chunks: AsyncSequence & Sendable>(
        _ digest: Digest, size: Int64, offset: Int64, chunks: Chunks
    ) async throws -> UploadState where Chunks.Element == [UInt8] {
        let answer = try await upload(
            Endpoints.putContent, ["digest": digest.hex], query: query(("offset", offset), ("size", size)), chunks: chunks,
            length: size - offset, timeoutSeconds: Self.transferSeconds(size))
        return try decode(answer)
    }

    /// Sends a pack (see `Pack`). When it returns, the server has all of it on disk.
    package func putPack(_ pack: [UInt8]) async throws {
        _ = try await bytes(Endpoints.putPack, body: pack, timeoutSeconds: Self.transferSeconds(Int64(pack.count)))
    }

    /// The same for a pack of `length` bytes that is made while it is sent.
    func putPack<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, length: Int64) async throws where Chunks.Element == [UInt8] {
        _ = try await upload(Endpoints.putPack, chunks: chunks, length: length, timeoutSeconds: Self.transferSeconds(length))
    }

    /// The bytes of the manifest of `tree`.
    package func manifest(of tree: RemoteTree) async throws -> Manifest {
        let answer = try await bytes(
            tree.manifest.endpoint, tree.manifest.parameters, query: tree.manifest.query,
            maximumBytes: Int(ContentStore.maximumReadBytes), timeoutSeconds: 120)
        return try Manifest(bytes: answer.bytes)
    }

    /// A pack of content of `tree`, as it arrives. Nothing in it has been checked yet.
    package func content(of tree: RemoteTree, _ digests: [Digest]) async throws -> AnswerStream {
        let json = [UInt8](try Wire.encoder().encode(DigestList(digests: digests)))
        return try await stream(
            tree.content.endpoint, tree.content.parameters, query: tree.content.query, body: json, contentType: "application/json",
            timeoutSeconds: 120)
    }

    /// How long a transfer may take: half a megabyte a second, and what the server needs to put it on disk.
    private static func transferSeconds(_ bytes: Int64) -> Double { 600 + Double(bytes) / 500_000 }
}

/// A tree that the platform keeps.
package enum RemoteTree: Sendable, Hashable {
    case dataset(DatasetReference)
    /// The workspace of a session.
    case code(SessionName)
    case checkpoint(CheckpointReference)

    struct Request: Sendable {
        var endpoint: Endpoint
        var parameters: [String: String]
        var query: [(String, String)]
    }

    var manifest: Request { request(Endpoints.datasetManifest, Endpoints.codeManifest, Endpoints.checkpointManifest) }
    var content: Request { request(Endpoints.datasetContent, Endpoints.codeContent, Endpoints.checkpointContent) }

    private func request(_ dataset: Endpoint, _ code: Endpoint, _ checkpoint: Endpoint) -> Request {
        switch self {
        case .dataset(let reference):
            Request(endpoint: dataset, parameters: ["dataset": reference.name.rawValue], query: query(("version", reference.version)))
        case .code(let session): Request(endpoint: code, parameters: session.parameters, query: [])
        case .checkpoint(let reference):
            Request(endpoint: checkpoint, parameters: reference.session.parameters, query: [("checkpoint", reference.checkpoint.rawValue)])
        }
    }
}
