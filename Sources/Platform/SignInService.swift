package import API
import Foundation
import Synchronization
package import Store

/// How browsers get in: a code that is good once becomes a token of the browser's own, which `nsml user token ls` lists and its
/// user may remove like any other.
package final class SignInService: Sendable {
    /// Long enough to open a link by hand on another machine.
    private static let codeSeconds: Double = 300
    /// How long a browser stays signed in.
    package static let browserSeconds: Int64 = 14 * 86_400
    /// More codes than anybody needs; when it is reached the oldest knowledge is what is lost.
    private static let codeLimit = 1000

    private struct Pending {
        var user: UserName
        var until: ContinuousClock.Instant
    }

    private let store: Store
    private let users: UserService
    /// By the hash of the code. In memory alone: whoever finds it lost after a restart asks for another.
    private let pending = Mutex<[Digest: Pending]>([:])

    package init(store: Store, users: UserService) {
        self.store = store
        self.users = users
    }

    package func makeCode(for identity: Identity) -> SignInCode {
        let secret = Secret()
        let now = ContinuousClock.now
        pending.withLock { pending in
            pending = pending.filter { $0.value.until > now }
            if pending.count >= Self.codeLimit { pending.removeAll() }
            pending[secret.hash] = Pending(user: identity.user, until: now + .seconds(Self.codeSeconds))
        }
        return SignInCode(code: secret.text, expiresAt: Date().addingTimeInterval(Self.codeSeconds))
    }

    /// A token for the browser. Throws `not_logged_in` for a code that was used, is too old or never was, and for a wrong token; and
    /// `wrong_state`, with the code still good, when the link is another user's than who uses the browser, and that was not agreed to.
    ///
    /// - Parameter current: who is signed in in this browser.
    package func signIn(_ request: SignIn, current: Identity? = nil) async throws -> IssuedToken {
        let user: UserName
        switch (request.code, request.token) {
        case (let code?, nil):
            user = try redeem(code) { owner in
                guard let current, current.user != owner, current.user != request.replaces else { return }
                throw Failure(
                    .wrongState, "this browser is signed in as '\(current.user)', and the link is for '\(owner)'",
                    hint: "agree to be '\(owner)' here from now on only if you asked for this link")
            }
        case (nil, let token?):
            guard let identity = try await users.identity(ofToken: token), identity.session == nil else {
                throw Failure.notLoggedIn("the token is not valid, or no longer")
            }
            guard identity.scopes == nil else {
                throw Failure(
                    .forbidden, "this token is limited to \(identity.scopes?.map(\.rawValue).joined(separator: ", ") ?? "")",
                    hint: "a browser may do all that its user may: sign in with a token without --scope")
            }
            user = identity.user
        default: throw Failure(.invalidRequest, "the body must have either 'code' or 'token'")
        }
        // The browser acts as its user; the role is looked up with each request.
        return try await users.addToken(
            NewToken(label: "browser", validSeconds: Self.browserSeconds), of: user, by: Identity(user: user, role: .user))
    }

    /// Removes the token that a browser holds.
    package func signOut(token: String) async throws {
        guard let hash = Secret(token)?.hash else { return }
        try await store.write { try $0.removeToken(hash: hash) }
        users.forget()
    }

    private func redeem(_ code: String, unless check: (UserName) throws -> Void) throws -> UserName {
        let hash = Secret(code)?.hash
        return try pending.withLock { pending in
            guard let hash, let found = pending[hash], found.until > ContinuousClock.now else {
                throw Failure(.notLoggedIn, "this link was used before, or is too old", hint: "'nsml ui' makes another")
            }
            try check(found.user)
            pending[hash] = nil
            return found.user
        }
    }
}
