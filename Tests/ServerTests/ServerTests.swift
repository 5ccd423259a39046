import API
import Content
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Platform
import Store
import TestSupport
import Testing

@testable import Server

/// The last of all supervisors' seams: nothing is started.
struct NoExecutor: Executor {
    func startSupervisor(in directory: URL) throws {}
    func isSupervised(_ directory: URL) -> Bool { true }
    func isRunning(_ directory: URL) -> Bool { true }
    func end(in directory: URL) async throws -> Bool { true }
    func sweep(_ directory: DataDirectory, live: Set<Digest>, active: Set<Int64>) async throws {}
}

/// A platform behind HTTP, with an administrator's token.
func withServer(
    limits: ConnectionLimits = ConnectionLimits(), as kind: TestingSetup = .router,
    _ body: @Sendable (any TestClientProtocol, Platform, String) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let data = try DataDirectory(directory)
        var configuration = PlatformConfiguration(
            dataDirectory: directory, serverURL: "http://127.0.0.1:1",
            node: Node(name: "n1", cpus: 8, memoryBytes: 64_000_000_000, devices: []),
            sandbox: .none, firstUserId: nil, libraryDirectory: directory)
        configuration.reservedDiskBytes = 0
        let platform = Platform(
            configuration: configuration, store: try Store(directory: directory, logger: logger),
            content: try ContentStore(directory: data.content), directory: data, executor: NoExecutor(), deviceUsage: { [] }, logger: logger
        )
        try await platform.begin()
        var token = ""
        #expect(try await platform.users.makeFirstAdministrator(named: UserName(parsing: "root"), keep: { token = $0 }))
        let secret = token
        var server = ServerConfiguration(host: "127.0.0.1", port: 7777)
        server.limits = limits
        let application = buildApplication(platform: platform, configuration: server, logger: logger)
        try await application.test(kind) { client in try await body(client, platform, secret) }
        platform.beginShutdown()
    }
}

extension HTTPFields {
    static func bearing(_ token: String, type: String? = nil) -> HTTPFields {
        var fields: HTTPFields = [.authorization: "Bearer \(token)"]
        if let type { fields[.contentType] = type }
        return fields
    }
}

@Suite struct ServerTests {
    @Test("every endpoint has a route, and no route is without an endpoint")
    func registry() async throws {
        try await withServer { _, platform, _ in
            let routes = makeRoutes(platform, page: PageFiles(), cookie: BrowserCookie(port: 7777), limiter: RateLimiter())
                .handlers.map(\.endpoint)
            #expect(Set(routes) == Set(Endpoints.all))
            #expect(routes.count == Endpoints.all.count)
        }
    }

    @Test("without a token nothing but health and the page's files answers")
    func strangers() async throws {
        try await withServer { client, _, _ in
            for endpoint in Endpoints.all {
                let path = endpoint.path.replacing(":number", with: "1").replacing(":", with: "x")
                try await client.execute(uri: path, method: endpoint.method.httpMethod) { response in
                    let isOpen = endpoint.audience == .everyone
                    #expect((response.status == .unauthorized) != isOpen, "\(endpoint.method) \(endpoint.path)")
                }
            }
        }
    }

    @Test("a user cannot do what is for administrators or sessions")
    func users() async throws {
        try await withServer { client, platform, token in
            let root = try #require(try await platform.users.identity(ofToken: token))
            let alice = try UserName(parsing: "alice")
            _ = try await platform.users.add(NewUser(name: alice, role: .user), by: root)
            let issued = try await platform.users.addToken(NewToken(label: "t"), of: alice, by: root)
            for endpoint in Endpoints.all where endpoint.audience == .admin || endpoint.audience == .session {
                let path = endpoint.path.replacing(":number", with: "1").replacing(":", with: "x")
                try await client.execute(uri: path, method: endpoint.method.httpMethod, headers: .bearing(issued.secret)) { response in
                    #expect(response.status == .forbidden, "\(endpoint.method) \(endpoint.path)")
                }
            }
        }
    }

    @Test(
        "targets that could mean another path are refused",
        arguments: ["/v1/%2e%2e/x", "/v1/a%2fb", "/v1//x", "/v1/../x", "/v1/a;b", "/v1/%00", "/v1/%252e", "/v1/a\\b", "/v1/\u{7F}"])
    func targets(target: String) {
        #expect(throws: Failure.self) { try Gate.checkTarget(target) }
    }

    @Test("an encoded checkpoint in the query is fine")
    func goodTarget() throws {
        try Gate.checkTarget("/v1/sessions/a/b/1/checkpoints?checkpoint=%2e%2e%2Fepoch%205")
    }

    @Test("a foreign host, page or site is refused, whatever the method")
    func foreigners() async throws {
        try await withServer { client, _, token in
            var headers = HTTPFields.bearing(token)
            headers[.origin] = "http://evil.example"
            try await client.execute(uri: "/v1/whoami", method: .get, headers: headers) { #expect($0.status == .forbidden) }
            headers[.origin] = "http://localhost"
            try await client.execute(uri: "/v1/whoami", method: .get, headers: headers) { #expect($0.status == .ok) }
        }
        let hosts = AllowedHosts(port: 7777, names: ["nsml.lab", "front.lab:443"])
        for (authority, allowed) in [
            ("localhost:7777", true), ("127.0.0.1:7777", true), ("nsml.lab:7777", true), ("NSML.lab", true), ("front.lab:443", true),
            ("front.lab", false),
            ("evil.example", false), ("evil.example:7777", false), ("localhost:80", false),
        ] {
            #expect(hosts.allow(authority) == allowed, "\(authority)")
        }
    }

    @Test("problems are documents with a code, a sentence, a hint and the request's id")
    func problems() async throws {
        try await withServer { client, _, token in
            try await client.execute(uri: "/v1/sessions/a/b/1", method: .get, headers: .bearing(token)) { response in
                #expect(response.status == .notFound)
                #expect(response.headers[.contentType] == "application/problem+json")
                let problem = try Wire.decoder().decode(Problem.self, from: Data(response.body.readableBytesView))
                #expect(problem.code == .notFound && problem.detail.contains("a/b/1") && problem.hint != nil && problem.requestId != nil)
            }
            try await client.execute(uri: "/v1/nothing", method: .get, headers: .bearing(token)) { #expect($0.status == .notFound) }
        }
    }

    @Test(
        "bodies that are not what they should be are refused with a clear word",
        arguments: [
            ("{", "no JSON"), ("[]", "JSON object"), (#"{"name":"bob"}"#, "role"), (#"{"name":"bob","role":"king"}"#, "role"),
            (#"{"name":"b b","role":"user"}"#, "b b"), (#"{"name":"bob","role":"user","admin":true}"#, "admin"),
            (String(repeating: "[", count: 100), "nested"),
        ])
    func bodies(body: String, word: String) async throws {
        try await withServer { client, _, token in
            try await client.execute(
                uri: "/v1/users", method: .post, headers: .bearing(token, type: "application/json"), body: ByteBuffer(string: body)
            ) {
                response in
                #expect(response.status.code >= 400 && response.status.code < 500)
                #expect(String(buffer: response.body).contains(word))
            }
        }
    }

    @Test("a form is no JSON")
    func forms() async throws {
        try await withServer { client, _, token in
            try await client.execute(
                uri: "/v1/users", method: .post, headers: .bearing(token, type: "text/plain"),
                body: ByteBuffer(string: #"{"name":"bob","role":"user"}"#)
            ) { #expect($0.status == .badRequest) }
        }
    }

    @Test("whoever tries tokens is stopped, and whoever has the right one is not")
    func guessing() async throws {
        try await withServer { client, _, token in
            for _ in 0..<20 {
                try await client.execute(uri: "/v1/whoami", method: .get, headers: .bearing(Secret().text)) { response in
                    #expect(response.status == .unauthorized || response.status == .tooManyRequests)
                }
            }
            try await client.execute(uri: "/v1/whoami", method: .get, headers: .bearing(Secret().text)) {
                #expect($0.status == .tooManyRequests)
            }
            try await client.execute(uri: "/v1/whoami", method: .get, headers: .bearing(token)) { #expect($0.status == .ok) }
        }
    }

    @Test("content is taken in pieces, checked, and handed out only with its object")
    func content() async throws {
        try await withServer { client, _, token in
            let bytes = Array("hello, content".utf8)
            let digest = Digest(of: bytes)
            let headers = HTTPFields.bearing(token, type: "application/octet-stream")
            try await client.execute(
                uri: "/v1/content/\(digest)?offset=0&size=\(bytes.count)", method: .put, headers: headers,
                body: ByteBuffer(bytes: bytes[..<5])
            ) { #expect($0.status == .ok) }
            try await client.execute(uri: "/v1/content/\(digest)/upload", method: .get, headers: headers) { response in
                let state = try Wire.decoder().decode(UploadState.self, from: Data(response.body.readableBytesView))
                #expect(state.receivedBytes == 5 && !state.isComplete)
            }
            try await client.execute(
                uri: "/v1/content/\(digest)?offset=5&size=\(bytes.count)", method: .put, headers: headers,
                body: ByteBuffer(bytes: bytes[5...])
            ) { response in
                let state = try Wire.decoder().decode(UploadState.self, from: Data(response.body.readableBytesView))
                #expect(state.isComplete)
            }
            let wrong = Digest(of: [1] as [UInt8])
            try await client.execute(
                uri: "/v1/content/\(wrong)?offset=0&size=2", method: .put, headers: headers, body: ByteBuffer(bytes: [2, 3])
            ) {
                #expect($0.status.code >= 400 && $0.status.code < 500)
            }
        }
    }
}
