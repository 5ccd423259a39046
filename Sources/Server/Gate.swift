import API
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// What every request passes first, known route or not: the checks of target, `Host` and `Origin`; and on the way out,
/// the one place that makes problem documents of errors and sets the security headers.
struct Gate: MiddlewareProtocol {
    typealias Input = Request
    typealias Output = Response

    private static let maximumTargetBytes = 8192

    /// Nil: who speaks to us this way need not say whom they mean.
    let hosts: AllowedHosts?

    @concurrent
    func handle(
        _ request: Request, context: CallContext, next: @concurrent (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            try check(request)
            response = try await next(request, context)
        } catch {
            response = problem(error, request: request, context: context)
        }
        response.headers[.xContentTypeOptions] = "nosniff"
        // The page has a policy of its own, and files that a browser may keep; everything else gets the strictest.
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
        }
        response.headers[Self.referrerPolicy] = "no-referrer"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private static let referrerPolicy =
        HTTPField.Name("Referrer-Policy")
        ?? .xContentTypeOptions

    private static let host = HTTPField.Name("Host") ?? .origin

    private func check(_ request: Request) throws {
        // What a proxy would be asked, or nobody: the whole address would say another host than `Host` does.
        guard let target = request.head.path, target.hasPrefix("/") else {
            throw Failure(.invalidRequest, "the request's target is no path")
        }
        try Self.checkTarget(target)
        // The first of them has become the authority.
        guard request.headers[values: Self.host].isEmpty else {
            throw Failure(.invalidRequest, "the request has more than one Host")
        }
        guard let hosts else { return }
        guard let authority = request.head.authority, hosts.allow(authority) else {
            throw Failure(
                .forbidden, "the host '\(request.head.authority ?? "")' is not this platform's",
                hint: "an operator can allow it with 'nsml server --allow-host'")
        }
        // Browsers say where a request comes from; programs say nothing. Foreign pages get nothing, whatever the method.
        // TensorBoard's pages have no origin: what they may do, their key says.
        let isApart = request.uri.path.hasPrefix(TensorBoardPolicy.prefix)
        if let origin = request.headers[.origin], !(isApart && origin == "null"), !AllowedHosts.isOurs(origin, at: authority) {
            throw Failure(.forbidden, "requests from the page '\(origin)' are not taken")
        }
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none", !isApart, !Self.opensPage(request) {
            throw Failure(.forbidden, "requests from other sites are not taken")
        }
    }

    /// A link elsewhere may lead to the page itself, which holds nobody's data; what it shows it asks for as itself.
    private static func opensPage(_ request: Request) -> Bool {
        request.method == .get && request.uri.path == Endpoints.page.path && request.headers[.secFetchMode] == "navigate"
            && request.headers[.secFetchDest] == "document"
    }

    /// The raw target, before anything is decoded: whatever could mean another path than it shows is refused.
    static func checkTarget(_ target: String) throws {
        guard target.utf8.count <= maximumTargetBytes else {
            throw Failure.tooLarge("the request's target", bytes: Int64(target.utf8.count), limit: Int64(maximumTargetBytes))
        }
        let path = target.prefix { $0 != "?" }
        let lowered = path.lowercased()
        let isGood =
            target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && !["%2e", "%2f", "%5c", "%00", "%25", "\\", "//", ";"].contains { lowered.contains($0) }
            && !path.split(separator: "/").contains { $0 == "." || $0 == ".." }
        guard isGood else {
            throw Failure(.invalidRequest, "the request's path is not well formed")
        }
    }

    private func problem(_ error: any Error, request: Request, context: CallContext) -> Response {
        let failure: Failure
        var methods: [String] = []
        switch error {
        case let known as Failure: failure = known
        case let http as HTTPError where http.status == .notFound:
            methods = Endpoints.methods(at: request.uri.path)
            failure =
                methods.isEmpty
                ? Failure(.notFound, "there is nothing at \(request.uri.path)")
                : Failure(
                    .methodNotAllowed, "\(request.method.rawValue.prefix(20)) cannot be done at \(request.uri.path)",
                    hint: "what can be done there is \(methods.joined(separator: ", "))")
        case let http as HTTPError where http.status == .contentTooLarge: failure = Failure(.tooLarge, "the request's body is too large")
        case let http as HTTPError where http.status.code < 500:
            failure = Failure(.invalidRequest, http.body ?? "the request is not well formed")
        // Seen only while the body is read: what breaks the head never comes so far.
        case is HTTPParserError: failure = Failure(.invalidRequest, "the request's body is not well formed")
        case is CancellationError: failure = Failure(.unavailable, "the request was given up")
        default:
            failure = Failure(
                .internal, "something went wrong in the platform (request \(context.requestId))", hint: "its log says more")
        }
        if failure.code == .internal || failure.code == .localError {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
        }
        let status = failure.code.status
        let document = Problem(failure, status: status.code, requestId: context.requestId)
        // Encoding strings and numbers does not fail; an empty body would still carry the status.
        let body = (try? Wire.encoder().encode(document)) ?? Data()
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        if status == .tooManyRequests { headers[.retryAfter] = "\(Int((failure.retryAfterSeconds ?? 5).rounded(.up)))" }
        if status == .methodNotAllowed { headers[.allow] = methods.joined(separator: ", ") }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// The names under which this server may be addressed; every other `Host` is refused, so that no foreign name can be
/// pointed at it.
package struct AllowedHosts: Sendable {
    private let authorities: Set<String>

    /// - Parameters:
    ///   - port: the port that the server listens on.
    ///   - names: further names, with or without a port.
    package init(port: Int, names: [String]) {
        var authorities: Set<String> = []
        for name in ["localhost", "127.0.0.1", "[::1]"] + names {
            let name = name.lowercased()
            authorities.insert(name)
            // A name that carries its own port is taken as it is.
            let hasPort = name.hasPrefix("[") ? name.contains("]:") : name.contains(":")
            if !hasPort { authorities.insert("\(name):\(port)") }
        }
        self.authorities = authorities
    }

    func allow(_ authority: String) -> Bool { authorities.contains(authority.lowercased()) }

    /// Whether a page is one of ours: of the very host and port that was asked. Another port of the host is somebody else.
    static func isOurs(_ origin: String, at authority: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: { origin.hasPrefix($0) }) else { return false }
        return origin.dropFirst(scheme.count).lowercased() == authority.lowercased()
    }
}
