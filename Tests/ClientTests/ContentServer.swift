import API
import Client
import Content
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization

/// The content part of a platform over a real store, with faults on demand.
final class ContentServer: Sendable {
    struct Faults {
        /// After how many bytes the next uploads of large content fail; the first is for the first.
        var breakUploadsAfter: [Int] = []
        var failPacks = 0
        /// Answers to asks for packs that break off after so many bytes.
        var breakAnswersAfter: [Int] = []
    }

    struct Tally {
        var packs = 0
        var uploads = 0
        var uploadedBytes = 0
    }

    let store: ContentStore
    let faults = Mutex(Faults())
    let tally = Mutex(Tally())
    /// The tree that is given out.
    let tree = Mutex<Digest?>(nil)

    init(_ directory: URL) throws { store = try ContentStore(directory: directory) }

    /// Runs the server, and `body` with a client of it.
    func serve(_ body: @escaping @Sendable (APIClient) async throws -> Void) async throws {
        let application = Application(router: router(), configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { test in
            guard let port = test.port else { throw Failure(.internal, "no port") }
            try await APIClient(url: "http://127.0.0.1:\(port)/", token: "secret").closing(body)
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: Problems())
        router.post("v1/content/missing") { request, _ in
            let body = try await request.body.collect(upTo: 16 << 20)
            let list = try Wire.decoder().decode(DigestList.self, from: Data(body.readableBytesView))
            return try json(DigestList(digests: try await self.store.missing(list.digests)))
        }
        router.get("v1/content/:digest/missing") { _, context in
            let digest = try Digest(parsing: try context.parameters.require("digest"))
            guard self.store.contains(digest) else { throw Failure.noSuch("manifest", digest) }
            let manifest = try Manifest(bytes: try self.store.read(digest))
            return try json(DigestList(digests: try await self.store.missing(manifest.entries.map(\.digest))))
        }
        router.get("v1/content/:digest/upload") { _, context in
            let digest = try Digest(parsing: try context.parameters.require("digest"))
            if let size = self.store.size(of: digest) { return try json(UploadState(receivedBytes: size, isComplete: true)) }
            return try json(try self.store.uploadState(digest, owner: "a"))
        }
        router.put("v1/content/:digest") { request, context in try await self.put(request, context) }
        router.post("v1/content") { request, _ in
            self.tally.withLock { $0.packs += 1 }
            let fails = self.faults.withLock { faults in
                faults.failPacks -= 1
                return faults.failPacks >= 0
            }
            if fails { throw Failure(.unavailable, "not now") }
            _ = try await self.store.receivePack(request.body.map(\.readableBytesView))
            return try json(Done())
        }
        router.get("v1/datasets/:dataset/manifest") { _, _ in
            guard let digest = self.tree.withLock({ $0 }) else { throw Failure.noDataset("x") }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: try self.store.read(digest))))
        }
        router.post("v1/datasets/:dataset/content") { request, _ in try await self.content(request) }
        return router
    }

    private func put(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let digest = try Digest(parsing: try context.parameters.require("digest"))
        let offset = request.uri.queryParameters["offset"].flatMap { Int64($0) } ?? -1
        let size = request.uri.queryParameters["size"].flatMap { Int64($0) } ?? -1
        let limit = faults.withLock { $0.breakUploadsAfter.isEmpty ? Int.max : $0.breakUploadsAfter.removeFirst() }
        tally.withLock { $0.uploads += 1 }
        let left = Mutex(limit)
        let chunks = request.body.map { chunk -> ByteBufferView in
            let isOver = left.withLock { left in
                left -= chunk.readableBytes
                return left < 0
            }
            if isOver { throw Failure(.unavailable, "broken") }
            self.tally.withLock { $0.uploadedBytes += chunk.readableBytes }
            return chunk.readableBytesView
        }
        return try json(try await store.receive(digest, size: size, offset: offset, owner: "a", chunks: chunks))
    }

    private func content(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 16 << 20)
        let list = try Wire.decoder().decode(DigestList.self, from: Data(body.readableBytesView))
        let limit = faults.withLock { $0.breakAnswersAfter.isEmpty ? Int.max : $0.breakAnswersAfter.removeFirst() }
        let stream = store.stream(list.digests)
        return Response(
            status: .ok,
            body: .init { writer in
                var left = limit
                for try await block in stream {
                    try await writer.write(ByteBuffer(bytes: block.prefix(left)))
                    left -= block.count
                    if left < 0 { break }
                }
                try await writer.finish(nil)
            })
    }
}

private func json(_ value: some Encodable) throws -> Response {
    let bytes = ByteBuffer(bytes: try Wire.encoder().encode(value))
    return Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: bytes))
}

/// Failures as problem documents.
private struct Problems: RouterMiddleware {
    @concurrent
    func handle(
        _ request: Request, context: BasicRequestContext, next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.authorization] == "Bearer secret" else { return Response(status: .unauthorized) }
        do { return try await next(request, context) } catch let failure as Failure {
            let statuses: [Failure.Code: HTTPResponse.Status] = [.unavailable: .serviceUnavailable, .notFound: .notFound]
            let status = statuses[failure.code] ?? .badRequest
            let problem = Problem(failure, status: status.code, requestId: nil)
            let body = ByteBuffer(bytes: try Wire.encoder().encode(problem))
            return Response(status: status, headers: [.contentType: "application/problem+json"], body: .init(byteBuffer: body))
        }
    }
}
