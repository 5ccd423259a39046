import API
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

@testable import Server

/// Long before a stream or a wait would end by itself.
private let soon = Duration.seconds(20)

@Suite("A token that is taken away")
struct RevocationTests {
    /// A user's token, and its number.
    private func alice(_ platform: Platform, _ token: String) async throws -> (root: Identity, issued: IssuedToken) {
        let root = try #require(try await platform.users.identity(ofToken: token))
        _ = try await platform.users.add(NewUser(name: UserName(parsing: "alice"), role: .user), by: root)
        return (root, try await platform.users.addToken(NewToken(label: "t"), of: UserName(parsing: "alice"), by: root))
    }

    @Test("what runs with it is cancelled at once; with other tokens all goes on")
    func cancels() async throws {
        try await withServer { _, platform, token in
            let (root, issued) = try await alice(platform, token)
            let other = try await platform.users.addToken(NewToken(label: "other"), of: issued.user, by: root)
            let grant = try #require(try await platform.users.grant(ofToken: issued.secret))
            let untouched = try #require(try await platform.users.grant(ofToken: other.secret))
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let (ends, end) = AsyncStream.makeStream(of: Void.self)
            async let cut = platform.users.unlessRevoked(grant) {
                begin.yield()
                // Until it is cancelled.
                for await _ in AsyncStream<Void>.makeStream().stream {}
            }
            async let kept = platform.users.unlessRevoked(untouched) {
                for await _ in ends { return 7 }
                return 0
            }
            for await _ in begun { break }
            try await platform.users.removeToken(issued.record.id, of: issued.user, by: root)
            do {
                try await cut
                Issue.record("it was not cut off")
            } catch let failure as Failure {
                #expect(failure.code == .notLoggedIn)
            }
            end.yield()
            let answer = try await kept
            #expect(answer == 7)
            await #expect(throws: Failure.self) { try await platform.users.check(grant) }
            try await platform.users.check(untouched)
        }
    }

    @Test("ends streams and waits of its user", arguments: ["/v1/changes", "/v1/check?waitSeconds=30"])
    func streams(_ path: String) async throws {
        try await withServer { client, platform, token in
            let root = try #require(try await platform.users.identity(ofToken: token))
            let issued = try await platform.users.addToken(NewToken(label: "t"), of: root.user, by: root)
            let began = ContinuousClock.now
            async let status = client.execute(uri: path, method: .get, headers: .bearing(issued.secret)) { $0.status }
            try await platform.users.removeToken(issued.record.id, of: root.user, by: root)
            // Whether it was there before the token went or not: nobody listens any more.
            _ = try await status
            #expect(ContinuousClock.now - began < soon)
            try await client.execute(uri: path, method: .get, headers: .bearing(issued.secret)) { #expect($0.status == .unauthorized) }
        }
    }
}
