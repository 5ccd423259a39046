import API
import Hummingbird
import Platform

extension RouteTable {
    mutating func addContentRoutes(_ platform: Platform) {
        on(Endpoints.missingContent) { call in
            try .json(try await platform.contents.missing(try await call.json(), for: call.identity))
        }
        on(Endpoints.missingOfManifest) { call in
            try .json(try await platform.contents.missing(ofManifest: Digest(parsing: call.parameter("digest")), for: call.identity))
        }
        on(Endpoints.contentUpload) { call in
            try .json(try await platform.contents.uploadState(of: Digest(parsing: call.parameter("digest")), for: call.identity))
        }
        on(Endpoints.putContent) { call in
            let size = try Self.required(call.integer("size"), "size")
            let state = try await platform.contents.receive(
                Digest(parsing: call.parameter("digest")), size: size, offset: call.integer("offset") ?? 0, chunks: call.chunks,
                for: call.identity)
            return try .json(state)
        }
        on(Endpoints.putPack) { call in
            try await platform.contents.receivePack(call.chunks, for: call.identity)
            return try .done()
        }
    }

    private static func required(_ value: Int64?, _ name: String) throws -> Int64 {
        guard let value else { throw Failure(.invalidRequest, "the query lacks '\(name)'") }
        return value
    }

    /// A pack of content of one manifest.
    static func pack(_ list: DigestList, of manifest: Digest, _ platform: Platform) throws -> Response {
        let pack = try platform.contents.pack(list, of: manifest)
        return .stream(pack.chunks, length: pack.totalBytes)
    }
}
