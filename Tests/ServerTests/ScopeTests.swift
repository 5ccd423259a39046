import API
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

@testable import Server

@Suite("Tokens that are good for some things only")
struct ScopeTests {
    @Test(
        "do these, and nothing else",
        arguments: [
            ([TokenScope.read], ["GET /v1/users", "GET /v1/whoami", "GET /v1/queue"]),
            ([.run], ["GET /v1/whoami", "DELETE /v1/datasets/x", "POST /v1/content/missing"]),
            ([.read, .run], ["GET /v1/users", "GET /v1/whoami", "GET /v1/queue", "DELETE /v1/datasets/x", "POST /v1/content/missing"]),
            ([.admin], ["GET /v1/whoami", "GET /v1/audit", "DELETE /v1/users/x"]),
            ([.serve], ["GET /v1/whoami", "POST /v1/sessions/a/b/1/infer"]),
        ] as [([TokenScope], [String])])
    func allows(_ scopes: [TokenScope], _ allowed: [String]) async throws {
        let asked = [
            "GET /v1/users", "GET /v1/whoami", "GET /v1/queue", "GET /v1/audit", "DELETE /v1/datasets/x", "DELETE /v1/users/x",
            "POST /v1/content/missing", "POST /v1/sessions/a/b/1/infer", "POST /v1/sign-in-codes", "POST /v1/users/root/tokens",
            "DELETE /v1/users/root/tokens/1",
        ]
        try await withServer { client, platform, token in
            let root = try #require(try await platform.users.identity(ofToken: token))
            let limited = try await platform.users.addToken(NewToken(label: "t", scopes: scopes), of: root.user, by: root)
            #expect(try await platform.users.tokens(of: root.user, by: root).last?.scopes == scopes)
            for line in asked {
                let words = line.split(separator: " ").map(String.init)
                let method = try #require(HTTPRequest.Method(words[0]))
                try await client.execute(
                    uri: words[1], method: method, headers: .bearing(limited.secret, type: "application/json"),
                    body: ByteBuffer(string: #"{"digests":[]}"#)
                ) { response in
                    let isRefused = response.status == .forbidden
                    #expect(isRefused != allowed.contains(line), "\(line): \(response.status)")
                    if isRefused { #expect(String(buffer: response.body).contains("this token is limited to")) }
                }
            }
            // Nor do they let a browser in, which could do everything.
            var headers: HTTPFields = [.contentType: "application/json", .origin: "http://localhost"]
            headers[try #require(HTTPField.Name("Sec-Fetch-Site"))] = "same-origin"
            try await client.execute(
                uri: "/v1/sign-in", method: .post, headers: headers, body: ByteBuffer(string: #"{"token":"\#(limited.secret)"}"#)
            ) { #expect($0.status == .forbidden) }
        }
    }

    @Test("what is no scope is refused", arguments: [#"["write"]"#, "[]", #"["read","read"]"#])
    func malformed(_ scopes: String) async throws {
        try await withServer { client, _, token in
            try await client.execute(
                uri: "/v1/users/root/tokens", method: .post, headers: .bearing(token, type: "application/json"),
                body: ByteBuffer(string: #"{"label":"t","scopes":\#(scopes)}"#)
            ) { #expect(($0.status.code / 100) == 4) }
        }
    }
}
