import API
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import TestSupport
import Testing

@testable import Server

/// How a browser asks from our own page.
private func fromPage(_ cookie: String? = nil, type: String? = nil) throws -> HTTPFields {
    var fields: HTTPFields = [.origin: "http://localhost"]
    fields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = "same-origin"
    if let cookie { fields[.cookie] = "other=1; \(cookie)" }
    if let type { fields[.contentType] = type }
    return fields
}

/// Signs in by a code and answers with the cookie, as `NAME=VALUE`.
private func signIn(_ client: any TestClientProtocol, _ token: String) async throws -> String {
    let code = try await client.execute(uri: "/v1/sign-in-codes", method: .post, headers: .bearing(token)) { response in
        try Wire.decoder().decode(SignInCode.self, from: Data(response.body.readableBytesView)).code
    }
    let body = ByteBuffer(string: #"{"code":"\#(code)"}"#)
    let cookie = try await client.execute(
        uri: "/v1/sign-in", method: .post, headers: try fromPage(type: "application/json"), body: body
    ) { response in
        #expect(response.status == .ok)
        let header = try #require(response.headers[.setCookie])
        #expect(header.contains("HttpOnly") && header.contains("SameSite=Strict") && header.contains("Path=/"))
        return String(header.prefix { $0 != ";" })
    }
    // A second time it is good for nothing.
    try await client.execute(uri: "/v1/sign-in", method: .post, headers: try fromPage(type: "application/json"), body: body) { response in
        #expect(response.status == .unauthorized)
        #expect(response.headers[.setCookie] == nil)
    }
    return cookie
}

@Suite("The page and the way into it")
struct PageTests {
    @Test("a code signs in one browser, once, and signing out ends it")
    func signingIn() async throws {
        try await withServer { client, _, token in
            let cookie = try await signIn(client, token)
            try await client.execute(uri: "/v1/whoami", method: .get, headers: try fromPage(cookie)) { response in
                #expect(response.status == .ok)
            }
            try await client.execute(uri: "/v1/sign-out", method: .post, headers: try fromPage(cookie)) { response in
                #expect(response.status == .ok)
            }
            try await client.execute(uri: "/v1/whoami", method: .get, headers: try fromPage(cookie)) { response in
                #expect(response.status == .unauthorized)
            }
        }
    }

    @Test("a link of another user takes no browser over unasked, and stays good until it is agreed to")
    func foreignLink() async throws {
        try await withServer { client, platform, token in
            let cookie = try await signIn(client, token)
            let root = try #require(try await platform.users.identity(ofToken: token))
            _ = try await platform.users.add(NewUser(name: UserName(parsing: "mallory"), role: .user), by: root)
            let code = platform.signIns.makeCode(for: Identity(user: try UserName(parsing: "mallory"), role: .user)).code
            func follow(_ more: String, _ status: HTTPResponse.Status) async throws -> String {
                try await client.execute(
                    uri: "/v1/sign-in", method: .post, headers: try fromPage(cookie, type: "application/json"),
                    body: ByteBuffer(string: #"{"code":"\#(code)"\#(more)}"#)
                ) { response in
                    #expect(response.status == status)
                    #expect((response.headers[.setCookie] != nil) == (status == .ok))
                    return String(buffer: response.body)
                }
            }
            let refusal = try await follow("", .conflict)
            #expect(refusal.contains("'root'") && refusal.contains("'mallory'"))
            _ = try await follow(#","replaces":"alice""#, .conflict)
            try await client.execute(uri: "/v1/whoami", method: .get, headers: try fromPage(cookie)) { #expect($0.status == .ok) }
            #expect(try await follow(#","replaces":"root""#, .ok).contains("mallory"))
            // The old one is of no use any more.
            try await client.execute(uri: "/v1/whoami", method: .get, headers: try fromPage(cookie)) { #expect($0.status == .unauthorized) }
        }
    }

    @Test("a token signs in too, a session's or a wrong one does not")
    func tokens() async throws {
        try await withServer { client, _, token in
            for (given, status) in [(token, HTTPResponse.Status.ok), ("nsml_wrong", .unauthorized)] {
                try await client.execute(
                    uri: "/v1/sign-in", method: .post, headers: try fromPage(type: "application/json"),
                    body: ByteBuffer(string: #"{"token":"\#(given)"}"#)
                ) { #expect($0.status == status) }
            }
        }
    }

    @Test("the cookie changes something only for our own page")
    func origins() async throws {
        try await withServer { client, _, token in
            let cookie = try await signIn(client, token)
            let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
            let attempts: [(HTTPFields, HTTPResponse.Status)] = [
                // Nothing says where it comes from.
                ([.cookie: cookie], .unauthorized),
                // Typed into the address bar, or sent by an old browser's form.
                ([.cookie: cookie, site: "none"], .unauthorized),
                ([.cookie: cookie, site: "cross-site"], .forbidden),
                ([.cookie: cookie, site: "same-site"], .forbidden),
                ([.cookie: cookie, .origin: "http://evil.example"], .forbidden),
                ([.cookie: cookie, .origin: "null"], .forbidden),
                // Another port of this host is another's.
                ([.cookie: cookie, .origin: "http://localhost:7778"], .forbidden),
                ([.cookie: cookie, site: "same-origin"], .created),
                ([.cookie: cookie, .origin: "http://localhost"], .created),
            ]
            for (headers, status) in attempts {
                try await client.execute(uri: "/v1/sign-in-codes", method: .post, headers: headers) { response in
                    #expect(response.status == status, "\(headers)")
                }
            }
        }
    }

    @Test("a link of another site may open the page, and nothing else")
    func links() async throws {
        try await withServer { client, _, _ in
            var headers = HTTPFields()
            headers[try #require(HTTPField.Name("Sec-Fetch-Site"))] = "cross-site"
            headers[try #require(HTTPField.Name("Sec-Fetch-Mode"))] = "navigate"
            headers[try #require(HTTPField.Name("Sec-Fetch-Dest"))] = "document"
            try await client.execute(uri: "/", method: .get, headers: headers) { #expect($0.status == .ok) }
            try await client.execute(uri: "/health", method: .get, headers: headers) { #expect($0.status == .forbidden) }
            headers[try #require(HTTPField.Name("Sec-Fetch-Dest"))] = "iframe"
            try await client.execute(uri: "/", method: .get, headers: headers) { #expect($0.status == .forbidden) }
        }
    }

    @Test("files come with a strict policy, compressed, and once")
    func files() async throws {
        try await withServer { client, _, _ in
            let tag = try await client.execute(uri: "/", method: .get, headers: [.acceptEncoding: "gzip, br"]) { response in
                let policy = try #require(response.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self';") && !policy.contains("unsafe"))
                #expect(response.headers[.contentEncoding] == "gzip")
                #expect(Array(response.body.readableBytesView.prefix(2)) == [0x1F, 0x8B])
                return try #require(response.headers[.eTag])
            }
            try await client.execute(uri: "/", method: .get, headers: [.ifNoneMatch: tag]) { response in
                #expect(response.status == .notModified)
                #expect(response.body.readableBytes == 0)
            }
            try await client.execute(uri: "/assets/app/main.js", method: .get) { response in
                #expect(response.headers[.contentType] == "text/javascript; charset=utf-8")
                #expect(response.headers[.contentEncoding] == nil)
            }
            // What the page names carries the build, and may be kept; another build's must be asked about.
            let named = try await client.execute(uri: "/", method: .get) { String(buffer: $0.body) }
            let address = try #require(named.firstMatch(of: /"(\/builds\/[0-9a-f]+)\/app\/main\.js"/)?.1)
            try await client.execute(uri: "\(address)/app/main.js", method: .get) { response in
                #expect(response.status == .ok && response.headers[.cacheControl]?.contains("immutable") == true)
            }
            try await client.execute(uri: "/builds/0/app/main.js", method: .get) { response in
                #expect(response.status == .ok && response.headers[.cacheControl] == "no-cache")
            }
            for path in ["/assets/app/none.js", "/assets/app/%2e%2e", "/assets/x/y"] {
                try await client.execute(uri: path, method: .get) { #expect($0.status != .ok, "\(path)") }
            }
        }
    }

    @Test("the program carries every file of web/")
    func embedded() throws {
        let web = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../web").standardized
        let page = PageFiles()
        let manager = FileManager.default
        #expect(page.file("index.html") != nil)
        for folder in ["app", "parts", "views", "style"] {
            for name in try manager.contentsOfDirectory(atPath: web.appending(path: folder).path) {
                #expect(page.file("\(folder)/\(name)") != nil, "\(folder)/\(name): run scripts/embed-page.sh")
            }
        }
    }
}
