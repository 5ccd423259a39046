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

@Suite("The audit log") struct AuditTests {
    private func entries(_ client: any TestClientProtocol, _ token: String, _ query: String = "") async throws -> [AuditEntry] {
        try await client.execute(uri: "/v1/audit?limit=1000\(query)", method: .get, headers: .bearing(token)) { response in
            #expect(response.status == .ok, "\(String(buffer: response.body))")
            return try Wire.decoder().decode(Page<AuditEntry>.self, from: Data(response.body.readableBytesView)).items
        }
    }

    private func send(_ client: any TestClientProtocol, _ method: HTTPRequest.Method, _ path: String, _ body: String, _ token: String)
        async throws -> HTTPResponse.Status
    {
        let headers = HTTPFields.bearing(token, type: "application/json")
        return try await client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(string: body)) { $0.status }
    }

    @Test("says who did what, to what, from where, and what came of it, whether it was done or refused")
    func fields() async throws {
        try await withServer { client, platform, token in
            #expect(try await send(client, .post, "/v1/users", #"{"name":"alice","role":"user"}"#, token) == .created)
            #expect(try await send(client, .post, "/v1/users", #"{"name":"alice","role":"user"}"#, token) == .conflict)
            #expect(try await send(client, .post, "/v1/users/alice/tokens", #"{"label":"a"}"#, token) == .created)
            #expect(try await send(client, .delete, "/v1/sessions/alice/mnist/7", "", token) == .notFound)
            let root = try #require(try await platform.users.identity(ofToken: token))
            let alice = try await platform.users.addToken(NewToken(label: "t"), of: UserName(parsing: "alice"), by: root).secret
            #expect(try await send(client, .delete, "/v1/users/root", "", alice) == .forbidden)

            let all = try await entries(client, token)
            let told = all.reversed().map { [$0.actor, $0.action, $0.object, $0.result] }
            #expect(
                told.suffix(5) == [
                    ["root", "user add", "alice", "ok"], ["root", "user add", "alice", "already_exists"],
                    ["root", "token add", "alice", "ok"], ["root", "session rm", "alice/mnist/7", "not_found"],
                    ["alice", "user rm", "root", "forbidden"],
                ])
            #expect(told.first == ["platform", "start", "version \(Version.current)", "ok"])
            #expect(all.allSatisfy { !$0.address.isEmpty && $0.hash.count == 64 })
            #expect(all.map(\.number) == (1...Int64(all.count)).reversed())

            #expect(try await entries(client, token, "&actor=al*").map(\.action) == ["user rm"])
            #expect(try await entries(client, token, "&failures=true").count == 3)
            #expect(try await entries(client, token, "&action=token%20*").map(\.object) == ["alice"])
            #expect(try await entries(client, token, "&since=2100-01-01T00:00:00Z").isEmpty)
            #expect(try await entries(client, token, "&after=3").map(\.number) == [2, 1])
            try await client.execute(uri: "/v1/audit", method: .get, headers: .bearing(alice)) { #expect($0.status == .forbidden) }
        }
    }

    @Test("a question that is refused is written down with what was asked")
    func questions() async throws {
        try await withServer { client, platform, token in
            let root = try #require(try await platform.users.identity(ofToken: token))
            _ = try await platform.users.add(NewUser(name: UserName(parsing: "mallory"), role: .user), by: root)
            let mallory = try await platform.users.addToken(NewToken(label: "t"), of: UserName(parsing: "mallory"), by: root).secret
            let path = "/v1/sessions/root/None/1/questions"
            #expect(try await send(client, .post, path, #"{"kind":"exec","text":"import os"}"#, mallory) == .notFound)
            #expect(try await send(client, .delete, "\(path)/3", "", mallory) == .notFound)
            let last = try await entries(client, token, "&failures=true").prefix(2).map { [$0.actor, $0.action, $0.object, $0.result] }
            let hash = Digest(of: Array("import os".utf8))
            #expect(
                Array(last) == [
                    ["mallory", "session question end", "root/None/1/3", "not_found"],
                    ["mallory", "session question", "root/None/1: import os [\(hash)]", "not_found"],
                ])
        }
    }

    @Test("control characters in what users wrote are escaped")
    func escaping() async throws {
        try await withServer { client, _, token in
            let status = try await send(client, .delete, "/v1/sessions/a/b/1/checkpoints?checkpoint=x%1B%5B31m%0A", "", token)
            #expect(status == .notFound)
            let last = try await entries(client, token).first
            #expect(last?.object == #"a/b/1/x\u{1b}[31m\u{a}"#)
        }
    }

    @Test("everything that changes something is written down, unless it is only bytes on their way")
    func registry() {
        let silent = Endpoints.all.filter { $0.method != .get && $0.auditedAs == nil }.map { "\($0.method.rawValue) \($0.path)" }
        let one = "/v1/sessions/:user/:dataset/:number"
        #expect(
            Set(silent).isSubset(of: [
                "POST /v1/content/missing", "PUT /v1/content/:digest", "POST /v1/content", "POST /v1/datasets/:dataset/content",
                "POST \(one)/code/content", "POST \(one)/checkpoints/content", "POST \(one)/infer", "PUT \(one)/streams/:stream",
                "POST \(one)/progress", "POST \(one)/commands/:command/answer", "POST \(one)/shells/:shell/input",
                "POST \(one)/shells/:shell/output", "POST /tensorboard/:key/**", "OPTIONS /tensorboard/:key/**",
            ]))
    }
}
