import API
import HTTPTypes
import Hummingbird
import Platform

/// All routes, registered by their endpoint. Authentication, audience and rates are settled here, before a handler or
/// a body is looked at: a route cannot forget them.
struct RouteTable {
    typealias Handler = @Sendable (Call) async throws -> Response

    private(set) var handlers: [(endpoint: Endpoint, handler: Handler)] = []

    mutating func on(_ endpoint: Endpoint, _ handler: @escaping Handler) {
        handlers.append((endpoint, handler))
    }

    func register(in router: Router<CallContext>, users: UserService, cookie: BrowserCookie, limiter: RateLimiter, audit: AuditService) {
        for (endpoint, handler) in handlers {
            router.on(RouterPath(endpoint.path), method: endpoint.method.httpMethod) { request, context in
                let grant = try await Self.authenticate(request, context, for: endpoint, users, cookie, limiter)
                let call = Call(endpoint: endpoint, request: request, context: context, grant: grant)
                guard let caller = grant?.identity, let action = endpoint.auditedAs else {
                    return try await Self.answer(call, handler, users, limiter)
                }
                let response: Response
                do {
                    response = try await Self.answer(call, handler, users, limiter)
                } catch {
                    let code = (error as? Failure)?.code ?? .internal
                    // Refused for being too many is written down nowhere: the log must not be what one floods.
                    guard code != .tooManyRequests else { throw error }
                    try await audit.record(caller, action: action, object: call.object, result: code, address: context.remoteAddress)
                    throw error
                }
                guard !endpoint.auditsOnlyRefusals else { return response }
                // On disk before the answer goes out.
                try await audit.record(
                    caller, action: action, object: call.object, result: nil, address: context.remoteAddress,
                    makesRoom: endpoint.method == .delete || endpoint == Endpoints.stopSession)
                return response
            }
        }
    }

    /// Audience, rate and body, in this order, and then the handler.
    private static func answer(_ call: Call, _ handler: @escaping Handler, _ users: UserService, _ limiter: RateLimiter) async throws
        -> Response
    {
        if let caller = call.caller {
            try checkAudience(caller, call.endpoint, call.context)
            try limiter.allow(caller, call.budget)
        } else if !PageFiles.serves(call.endpoint), !TensorBoardPolicy.serves(call.endpoint) {
            try limiter.allowStranger(from: call.context.remoteAddress)
        }
        try checkBody(call.request, of: call.endpoint)
        // A session's token ends with its placement, which whatever it asks says itself.
        guard let grant = call.grant, grant.identity.session == nil else { return try await handler(call) }
        var response = call.mayLast ? try await users.unlessRevoked(grant) { try await handler(call) } : try await handler(call)
        response.body = whileGood(grant, users, response.body)
        return response
    }

    /// A body that is cut off when the token is taken away while it is on its way; a short one is gone before that.
    private static func whileGood(_ grant: Grant, _ users: UserService, _ body: ResponseBody) -> ResponseBody {
        if let length = body.contentLength, length <= watchedBytes { return body }
        return ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(
                writer.map { piece in
                    try await users.check(grant)
                    return piece
                })
        }
    }

    /// Shorter answers are written in one go.
    private static let watchedBytes = 1 << 20

    private static func authenticate(
        _ request: Request, _ context: CallContext, for endpoint: Endpoint, _ users: UserService, _ cookie: BrowserCookie,
        _ limiter: RateLimiter
    ) async throws -> Grant? {
        guard endpoint.audience != .everyone else { return nil }
        guard let grant = try await users.grant(ofToken: try token(of: request, cookie)) else {
            try limiter.failed(from: context.remoteAddress)
            throw Failure.notLoggedIn("the token is not valid, or no longer")
        }
        return grant
    }

    /// What the request proves itself with: a header, as programs send it, or the page's cookie.
    private static func token(of request: Request, _ cookie: BrowserCookie) throws -> String {
        if let header = request.headers[.authorization] {
            guard header.lowercased().hasPrefix("bearer ") else { throw Failure.notLoggedIn() }
            return String(header.dropFirst("bearer ".count))
        }
        guard let token = cookie.token(in: request) else { throw Failure.notLoggedIn() }
        return token
    }

    private static func checkAudience(_ identity: Identity, _ endpoint: Endpoint, _ context: CallContext) throws {
        guard identity.isGood(for: endpoint) else {
            throw Failure(
                .forbidden, "this token is limited to \(identity.scopes?.map(\.rawValue).joined(separator: ", ") ?? "")",
                hint: "'nsml user token add --scope' makes one for other things, and without --scope one for everything")
        }
        switch endpoint.audience {
        case .everyone: return
        case .admin:
            guard identity.session == nil, identity.role == .admin else { throw Failure.forbidden("do what only administrators do") }
        case .user:
            guard identity.session == nil else { throw Failure.forbidden("do this with a session's token") }
        case .session:
            guard let own = identity.session, isOwn(own, context) else { throw Failure.forbidden("speak for this session") }
        case .userOrSession: return
        }
    }

    private static func isOwn(_ session: SessionName, _ context: CallContext) -> Bool {
        context.parameters.get("user") == session.user.rawValue && context.parameters.get("dataset") == session.dataset.rawValue
            && context.parameters.get("number") == "\(session.number)"
    }

    private static func checkBody(_ request: Request, of endpoint: Endpoint) throws {
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        switch endpoint.body {
        case .none: return
        case .json:
            let type = request.headers[.contentType]?.split(separator: ";").first?.lowercased()
            guard type == "application/json" else {
                throw Failure(.invalidRequest, "the body must be JSON", hint: "send it with Content-Type: application/json")
            }
            if let length, length > Wire.maximumJSONBytes {
                throw Failure.tooLarge("the body", bytes: length, limit: Int64(Wire.maximumJSONBytes))
            }
        case .bytes(let maximum):
            guard request.headers[.contentEncoding] == nil else {
                throw Failure(.invalidRequest, "encoded bodies are not taken", hint: "send it without Content-Encoding")
            }
            if let length, length > maximum { throw Failure.tooLarge("the body", bytes: length, limit: maximum) }
        }
    }
}

extension Endpoint.Method {
    var httpMethod: HTTPRequest.Method {
        switch self {
        case .get: .get
        case .post: .post
        case .put: .put
        case .patch: .patch
        case .delete: .delete
        case .options: .options
        }
    }
}
