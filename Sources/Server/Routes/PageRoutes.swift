import API
import HTTPTypes
import Hummingbird
import Platform

/// The page, and the way into it.
extension RouteTable {
    mutating func addPageRoutes(_ platform: Platform, _ page: PageFiles, _ cookie: BrowserCookie, _ limiter: RateLimiter) {
        on(Endpoints.page) { call in try page.response("index.html", to: call.request) }
        on(Endpoints.pageFile) { call in
            try page.response("\(call.parameter("folder"))/\(call.parameter("file"))", to: call.request)
        }
        on(Endpoints.builtPageFile) { call in
            try page.response(
                "\(call.parameter("folder"))/\(call.parameter("file"))", build: call.parameter("build"), to: call.request)
        }
        on(Endpoints.addSignInCode) { call in
            try .json(platform.signIns.makeCode(for: try call.identity), status: .created)
        }
        on(Endpoints.signIn) { call in
            let issued: IssuedToken
            let old = cookie.token(in: call.request)
            do {
                let current = if let old { try await platform.users.identity(ofToken: old) } else { Identity?.none }
                issued = try await platform.signIns.signIn(try await call.json(upTo: 4096), current: current)
            } catch let failure as Failure where failure.code == .notLoggedIn {
                try limiter.failed(from: call.context.remoteAddress)
                throw failure
            }
            guard let identity = try await platform.users.identity(ofToken: issued.secret) else { throw Failure.notLoggedIn() }
            // Nobody was known when the request came, so it is written down here.
            try await platform.audit.record(
                identity, action: "sign-in", object: "browser", result: nil, address: call.context.remoteAddress)
            // The one that the browser had until now is of no use any more.
            if let old { try await platform.signIns.signOut(token: old) }
            var response = try Response.json(identity)
            response.headers[.setCookie] = cookie.setting(
                issued.secret, seconds: SignInService.browserSeconds,
                isSecure: call.request.headers[.origin]?.hasPrefix("https://") == true)
            return response
        }
        on(Endpoints.signOut) { call in
            if let token = cookie.token(in: call.request) { try await platform.signIns.signOut(token: token) }
            var response = try Response.done()
            response.headers[.setCookie] = cookie.clearing
            return response
        }
    }
}
