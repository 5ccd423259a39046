import API
import Content
import Foundation
import Testing

@testable import Client

@Suite("Requests and answers")
struct RequestTests {
    @Test("paths and queries are encoded so that every name arrives as it is")
    func encodes() throws {
        let session = try SessionName(parsing: "alice/mnist/1")
        #expect(try RequestTarget.make(Endpoints.getSession.path, session.parameters, query: []) == "/v1/sessions/alice/mnist/1")
        let query = [("name", "train/loss"), ("pattern", "a*b?c&d=e+f g#;%"), ("k&", "é")]
        #expect(
            try RequestTarget.make("/v1/x", [:], query: query)
                == "/v1/x?name=train/loss&pattern=a*b%3Fc%26d%3De%2Bf%20g%23%3B%25&k%26=%C3%A9")
        #expect(try RequestTarget.make("/v1/:a", ["a": "b/c d"], query: []) == "/v1/b%2Fc%20d")
    }

    @Test("a parameter that is missing or leads elsewhere is refused", arguments: ["", ".", ".."])
    func refusesParameters(value: String) {
        #expect(throws: Failure.self) { try RequestTarget.make("/v1/:a", ["a": value], query: []) }
        #expect(throws: Failure.self) { try RequestTarget.make("/v1/:b", ["a": value], query: []) }
    }

    @Test("every endpoint's path can be filled in")
    func fillsAllEndpoints() throws {
        let parameters = [
            "user": "u", "dataset": "d", "number": "1", "token": "1", "digest": "x", "stream": "output", "command": "2", "question": "3",
            "shell": "4", "key": "k",
            "build": "b", "folder": "f", "file": "x",
        ]
        for endpoint in Endpoints.all { #expect(try !RequestTarget.make(endpoint.path, parameters, query: []).contains(":")) }
    }

    @Test("an address that is none is refused", arguments: ["", "localhost:7777", "ftp://x", "http://", "http://a b", "http:/x"])
    func refusesAddresses(url: String) {
        #expect(throws: Failure.self) { try APIClient(url: url, token: nil) }
    }

    @Test("a problem document becomes its failure, whatever its code; anything else is told by its status")
    func readsProblems() throws {
        let gap = Failure(.offsetGap, "gap", hint: "go on", offset: 12)
        let body = [UInt8](try Wire.encoder().encode(Problem(gap, status: 409, requestId: "1")))
        #expect(TransportFailure.describe(status: 409, contentType: "application/problem+json", body: body, "u") == gap)
        let newer = Array(#"{"code":"from_the_future","detail":"x","status":404}"#.utf8)
        #expect(TransportFailure.describe(status: 404, contentType: "application/json", body: newer, "u") == Failure(.notFound, "x"))
        let cases: [(Int, Failure.Code)] = [
            (401, .notLoggedIn), (403, .forbidden), (404, .notFound), (429, .tooManyRequests), (418, .invalidRequest), (500, .internal),
            (502, .serverUnreachable), (507, .storageFull), (301, .internal),
        ]
        for (status, code) in cases {
            let failure = TransportFailure.describe(status: status, contentType: "text/html", body: Array("<h1>".utf8), "http://u")
            #expect(failure.code == code && failure.message.contains("http://u") && failure.message.contains("\(status)"))
        }
    }

    @Test("a question about sessions arrives as it was asked")
    func carriesSessionQueries() throws {
        var question = SessionQuery()
        #expect(try SessionQuery(queryItems: question.queryItems) == question)
        question = SessionQuery(
            user: try UserName(parsing: "alice"), dataset: DatasetName.none, includeFinal: true, pattern: "a*/?",
            states: [.running, .paused], filter: try SessionWhere(parsing: "arg.lr:0.1 -memo:old"),
            sort: .metric("train/loss", .ascending), limit: 7, after: "x")
        #expect(try SessionQuery(queryItems: question.queryItems) == question)
        for (name, value) in [("state", "sleeping"), ("limit", "0"), ("limit", "1001"), ("order", "up"), ("users", "a"), ("all", "yes")] {
            #expect(throws: Failure.self) { try SessionQuery(queryItems: [(name, value)]) }
        }
    }

    @Test("pauses grow, have a limit and end")
    func pauses() {
        let retrying = Retrying(attempts: 5, firstPause: .seconds(1), longestPause: .seconds(3))
        let pauses = (1...6).map { retrying.pause(afterFailure: $0, chance: 1) }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(3), .seconds(3), nil, nil])
        #expect(retrying.pause(afterFailure: 1, chance: 0) == .milliseconds(500))
    }

    @Test("a plan sends each content once, large files first and alone, small ones in packs that stay small")
    func plans() {
        func entry(_ path: String, _ size: Int64) -> Manifest.Entry {
            Manifest.Entry(path: path, digest: Digest(of: Array(path.utf8)), size: size)
        }
        let small = (0..<5000).map { entry("s\($0)", 10) }
        let medium = (0..<20).map { entry("m\($0)", 1_000_000) }
        var plan = PushPlan(small + medium + [entry("big", 5 << 20), entry("bigger", 1 << 30)])
        #expect(plan.next() == .large(entry("bigger", 1 << 30)))
        #expect(plan.next() == .large(entry("big", 5 << 20)))
        var packed: [Manifest.Entry] = []
        while case .pack(let entries)? = plan.next() {
            #expect(entries.count <= PushPlan.packFiles)
            #expect(PushPlan.Job.pack(entries).bytes <= PushPlan.firstPackBytes)
            packed += entries
        }
        #expect(packed == small + medium && plan.next() == nil)
        let twice = [entry("a", 1), Manifest.Entry(path: "b", digest: Digest(of: Array("a".utf8)), size: 1)]
        #expect(PushPlan.distinct(twice).map(\.path) == ["a"])
    }

    @Test("packs grow on a quick way, up to a limit, and shrink on a slow one")
    func packSizes() {
        var plan = PushPlan([])
        #expect(plan.packBytes == 8 << 20)
        for _ in 0..<3 { plan.sent(.pack([]), in: .milliseconds(100)) }
        #expect(plan.packBytes == 32 << 20)
        plan.sent(.pack([]), in: .seconds(5))
        #expect(plan.packBytes == 32 << 20)
        for _ in 0..<3 { plan.sent(.pack([]), in: .seconds(60)) }
        #expect(plan.packBytes == 8 << 20)
    }
}
