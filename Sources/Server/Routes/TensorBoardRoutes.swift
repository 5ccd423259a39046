import API
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Platform

/// TensorBoard behind the platform's sign-in: docs/decisions/0009-tensorboard-apart.md says how it is kept apart.
extension RouteTable {
    mutating func addTensorBoardRoutes(_ platform: Platform, _ limiter: RateLimiter) {
        on(Endpoints.openTensorBoard) { call in
            guard let grant = call.grant else { throw Failure.notLoggedIn() }
            let new: NewTensorBoard = try await call.json()
            call.concerns(new.sessions.map(\.description).joined(separator: ", "))
            return try .json(try await platform.tensorBoards.open(new, grant: grant))
        }
        let answer = Handling(platform: platform, limiter: limiter)
        on(Endpoints.tensorBoard) { call in
            // Its own addresses are relative to a directory.
            guard call.request.uri.path.hasSuffix("/") else {
                return Response(status: .temporaryRedirect, headers: [.location: "\(call.request.uri.path)/"])
            }
            return try await answer(call)
        }
        on(Endpoints.tensorBoardFile) { call in try await answer(call) }
        on(Endpoints.askTensorBoard) { call in try await answer(call) }
        on(Endpoints.askBeforeTensorBoard) { _ in
            var headers = TensorBoardPolicy.headers
            headers[TensorBoardPolicy.allowMethods] = "GET, POST"
            headers[TensorBoardPolicy.allowHeaders] = "*"
            headers[TensorBoardPolicy.maxAge] = "600"
            return Response(status: .noContent, headers: headers)
        }
    }

    private struct Handling: Sendable {
        let platform: Platform
        let limiter: RateLimiter

        func callAsFunction(_ call: Call) async throws -> Response {
            let key = try call.parameter("key")
            guard let holder = platform.tensorBoards.holder(of: key) else {
                try limiter.failed(from: call.context.remoteAddress)
                throw Failure(.notFound, "there is no such TensorBoard, or no longer", hint: "open it again from the page")
            }
            try limiter.allow(holder.identity, .standard)
            let path = "/" + call.request.uri.path.split(separator: "/").dropFirst(2).joined(separator: "/")
            do {
                let found = try await platform.tensorBoards.ask(
                    .init(
                        method: call.endpoint.method.rawValue, path: path, query: call.request.uri.query ?? "",
                        contentType: call.request.headers[.contentType] ?? "", body: try await call.bytes()), key: key)
                var headers = TensorBoardPolicy.headers
                headers[.contentType] = found.contentType
                if let encoding = found.contentEncoding { headers[.contentEncoding] = encoding }
                if found.isFixed { headers[.cacheControl] = "private, max-age=86400, immutable" }
                return Response(
                    status: .init(code: found.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: found.body)))
            } catch let failure as Failure where failure.code == .wrongState && path == "/" {
                // Whoever comes again after it has ended gets another, from the page.
                let names = holder.sessions.map(\.description).joined(separator: ",")
                return Response(status: .temporaryRedirect, headers: [.location: "/#/tensorboard/\(names)"])
            }
        }
    }
}

/// What keeps TensorBoard apart: its page has an origin that nothing else has, so the browser gives it neither the cookie nor the
/// platform's answers; it reaches what its own key opens, and nothing outside.
enum TensorBoardPolicy {
    static let prefix = "/tensorboard/"

    /// Counted towards the budget of whom the key stands for.
    static func serves(_ endpoint: Endpoint) -> Bool { endpoint.path.hasPrefix(prefix) }

    private static let policy =
        "sandbox allow-scripts allow-downloads allow-popups allow-modals; default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        + "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'self' data: blob:; "
        + "frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

    static var headers: HTTPFields {
        [.contentSecurityPolicy: policy, allowOrigin: "null", .vary: "Origin"]
    }

    // The names are literals of the grammar of field names: the fallback is never taken.
    static let allowOrigin = HTTPField.Name("Access-Control-Allow-Origin") ?? .vary
    static let allowMethods = HTTPField.Name("Access-Control-Allow-Methods") ?? .vary
    static let allowHeaders = HTTPField.Name("Access-Control-Allow-Headers") ?? .vary
    static let maxAge = HTTPField.Name("Access-Control-Max-Age") ?? .vary
}
