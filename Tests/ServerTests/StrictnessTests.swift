import API
import Content
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

@testable import Server

@Suite("Requests that are not what they should be") struct StrictnessTests {
    @Test("a known path with another method says what can be done there; an unknown path is not found")
    func methods() async throws {
        try await withServer { client, _, token in
            for (path, method, allowed) in [
                ("/v1/users", HTTPRequest.Method.delete, "GET, POST"), ("/v1/sessions/a/b/1", .post, "DELETE, GET, PATCH"),
                ("/health", .put, "GET"), ("/v1/check", .trace, "DELETE, GET, POST"),
            ] {
                try await client.execute(uri: path, method: method, headers: .bearing(token)) { response in
                    #expect(response.status == .methodNotAllowed, "\(path)")
                    #expect(response.headers[.allow] == allowed)
                    let problem = try Wire.decoder().decode(Problem.self, from: Data(response.body.readableBytesView))
                    #expect(problem.code == .methodNotAllowed && problem.hint?.contains(allowed) == true)
                }
            }
            try await client.execute(uri: "/v1/nothing", method: .delete, headers: .bearing(token)) { #expect($0.status == .notFound) }
        }
    }

    @Test(
        "JSON is taken strictly",
        arguments: [
            (#"{"label":"a","label":"b"}"#, "twice"), (#"{"label":null}"#, "null for 'label'"),
            (#"{"label":"a","validSeconds":null}"#, "null"),
            (#"{"label":"a","validSeconds":1e400}"#, "1e400"), (#"{"label":"a"} {}"#, "follows"), (#"{"label":"\ud800"}"#, "escape"),
            (#"{"label":"a",}"#, "key"), (#"{"label":01}"#, "malformed"), ("{\"label\":\"a\tb\"}", "control"), (#"{"label":"a"#, "no end"),
            (#"{"lab\u0065l":"a","label":"b"}"#, "twice"), ("", "missing"), ("nul", "unknown"),
        ])
    func json(body: String, word: String) {
        let failure = #expect(throws: Failure.self) { _ = try StrictJSON.decode(NewToken.self, from: Data(body.utf8)) }
        #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
    }

    @Test("bytes that are no UTF-8 are no JSON")
    func encoding() {
        #expect(throws: Failure.self) { _ = try StrictJSON.decode(NewToken.self, from: Data([0x7B, 0x22, 0xFF, 0x22, 0x7D])) }
    }

    @Test("an unknown field is refused however deep it lies, and what is known is taken")
    func nested() throws {
        let manifest = String(repeating: "a", count: 64)
        let good = #"{"manifest":"\#(manifest)","overwrite":true,"settings":{"tags":["a","b"],"addReaders":["bob"],"isPrivate":true}}"#
        #expect(try StrictJSON.decode(NewDatasetVersion.self, from: Data(good.utf8)).settings?.tags == ["a", "b"])
        let bad = #"{"manifest":"\#(manifest)","overwrite":true,"settings":{"tag":["a"]}}"#
        let failure = #expect(throws: Failure.self) { _ = try StrictJSON.decode(NewDatasetVersion.self, from: Data(bad.utf8)) }
        #expect(failure?.message == "the body has an unknown field 'settings.tag'")
        let checkpoint =
            #"{"epoch":1,"sequence":1,"name":"x","time":"2026-01-01T00:00:00Z","summary":{"a":1.5,"b":"NaN"},"manifest":"\#(manifest)"}"#
        #expect(try StrictJSON.decode(NewCheckpoint.self, from: Data(checkpoint.utf8)).summary.count == 2)
    }

    @Test("a plus in a query is a space, and an escaped plus is a plus")
    func pluses() async throws {
        try await withServer { client, _, token in
            for (written, meant) in [("1+0", "1 0"), ("1%2B0", "1+0"), ("1%200", "1 0")] {
                try await client.execute(uri: "/v1/sessions?limit=\(written)", method: .get, headers: .bearing(token)) { response in
                    let problem = try Wire.decoder().decode(Problem.self, from: Data(response.body.readableBytesView))
                    #expect(problem.detail.contains("'\(meant)'"), "\(problem.detail)")
                }
            }
        }
    }

    @Test("no number in a query or a path ends the server", arguments: [Int64.min, -1, 1 << 53, .max])
    func extremes(number: Int64) async throws {
        try await withServer { client, platform, token in
            let root = try #require(try await platform.users.identity(ofToken: token))
            let name = try await Self.session(of: root, on: platform)
            let asked: [(Endpoint, [String])] = [
                (Endpoints.sessionOutput, ["offset", "limit", "tailLines", "sinceMilliseconds"]),
                (Endpoints.shellOutput, ["offset", "errorsOffset"]), (Endpoints.getQuestion, ["x"]),
                (Endpoints.getSubmission, ["afterChange"]),
                (Endpoints.series, ["fromStep", "toStep", "points"]), (Endpoints.sessionUsage, ["points"]),
                (Endpoints.sessionEvents, ["after", "limit"]), (Endpoints.listMedia, ["after", "limit"]),
                (Endpoints.mediaContent, ["number"]),
                (Endpoints.getSession, ["afterEvent"]), (Endpoints.listChanges, ["after", "limit"]), (Endpoints.audit, ["after", "limit"]),
                (Endpoints.listSessions, ["after", "limit"]), (Endpoints.listSubmissions, ["after", "limit"]), (Endpoints.board, ["limit"]),
                (Endpoints.listDatasetFiles, ["version", "limit"]), (Endpoints.listCheckpointFiles, ["limit"]),
            ]
            for (endpoint, parameters) in asked {
                var path = endpoint.path
                for (key, value) in [("user", "\(name.user)"), ("dataset", "\(name.dataset)")] {
                    path = path.replacing(":\(key)", with: value)
                }
                if endpoint != Endpoints.getSubmission { path = path.replacing(":number", with: "\(name.number)") }
                // What is left is known by a number.
                path = path.replacing(/:[a-z]+/, with: "\(number)")
                for parameter in parameters {
                    let uri = "\(path)?\(parameter)=\(number)&name=x&checkpoint=x"
                    try await client.execute(uri: uri, method: .get, headers: .bearing(token)) { response in
                        #expect(response.status.code < 500 && response.status != .tooManyRequests, "\(uri): \(response.status)")
                    }
                }
            }
            if !Wire.exactIntegers.contains(number) {
                let uri = "/v1/sessions/\(name)/live?output=\(number)"
                try await client.execute(uri: uri, method: .get, headers: .bearing(token)) { #expect($0.status == .unprocessableContent) }
            }
            try await client.execute(uri: "/health", method: .get) { #expect($0.status == .ok) }
        }
    }

    /// One that waits.
    private static func session(of identity: Identity, on platform: Platform) async throws -> SessionName {
        func send(_ bytes: [UInt8]) async throws -> Digest {
            let digest = Digest(of: bytes)
            let chunks = AsyncStream<[UInt8]> { continuation in
                continuation.yield(bytes)
                continuation.finish()
            }
            _ = try await platform.contents.receive(digest, size: Int64(bytes.count), offset: 0, chunks: chunks, for: identity)
            return digest
        }
        let code = Array("print(1)".utf8)
        let manifest = try Manifest(entries: [Manifest.Entry(path: "main.py", digest: try await send(code), size: Int64(code.count))])
        let resources = Resources(gpus: 0, cpus: 1, memoryBytes: 100_000_000, sharedMemoryBytes: 0)
        let new = NewSession(
            workspace: try await send(manifest.bytes), entry: "main.py", arguments: [], datasets: [], resources: resources)
        return try await platform.sessions.run(new, by: identity).name
    }

    @Test("a pack of nothing is refused")
    func emptyPack() async throws {
        try await withServer { client, _, token in
            try await client.execute(uri: "/v1/content", method: .post, headers: .bearing(token, type: "application/octet-stream")) {
                #expect($0.status == .badRequest)
            }
        }
    }
}

@Suite("Budgets") struct BudgetTests {
    @Test("everybody has a budget of their own for each kind of request, which fills up again with time")
    func budgets() throws {
        let start = ContinuousClock.now
        let seconds = MutableSeconds()
        let limiter = RateLimiter { start + .seconds(seconds.value) }
        let (alice, bob) = (
            Identity(user: try UserName(parsing: "alice"), role: .user), Identity(user: try UserName(parsing: "bob"), role: .user)
        )
        for _ in 0..<100 { try limiter.allow(alice, .search) }
        let failure = #expect(throws: Failure.self) { try limiter.allow(alice, .search) }
        #expect(failure?.code == .tooManyRequests && (failure?.retryAfterSeconds ?? 0) > 0)
        try limiter.allow(alice, .standard)
        try limiter.allow(bob, .search)
        seconds.value = 1
        for _ in 0..<20 { try limiter.allow(alice, .search) }
        #expect(throws: Failure.self) { try limiter.allow(alice, .search) }
        seconds.value = 1_000
        for _ in 0..<100 { try limiter.allow(alice, .search) }
        #expect(throws: Failure.self) { try limiter.allow(alice, .search) }
    }

    @Test("who asks too much is told when to come back")
    func retryAfter() async throws {
        try await withServer { client, _, token in
            var last: HTTPResponse.Status = .ok
            for _ in 0..<400 where last == .ok {
                try await client.execute(uri: "/v1/sessions?pattern=a*", method: .get, headers: .bearing(token)) { response in
                    last = response.status
                    guard last != .ok else { return }
                    #expect(response.headers[.retryAfter] == "1")
                }
            }
            #expect(last == .tooManyRequests)
            try await client.execute(uri: "/v1/sessions", method: .get, headers: .bearing(token)) { #expect($0.status == .ok) }
        }
    }
}

private final class MutableSeconds: @unchecked Sendable {
    // Only one test uses it, on one thread.
    var value = 0
}
