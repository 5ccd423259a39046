package import Foundation

/// A way into the page for whoever asked for it: good once, and not for long.
package struct SignInCode: Codable, Sendable {
    package var code: String
    package var expiresAt: Date

    package init(code: String, expiresAt: Date) {
        self.code = code
        self.expiresAt = expiresAt
    }
}

/// What a browser signs in with: a code of `nsml ui`, or a token.
package struct SignIn: RequestBody {
    package static let fields: Set<String> = ["code", "token", "replaces"]
    package var code: String?
    package var token: String?
    /// Whom the browser may stop being signed in as: a link must not turn somebody into another user unasked.
    package var replaces: UserName?

    package init(code: String? = nil, token: String? = nil, replaces: UserName? = nil) {
        self.code = code
        self.token = token
        self.replaces = replaces
    }
}

/// A piece of what a session printed, as text: what is no UTF-8 is replaced.
package struct OutputText: Codable, Sendable {
    /// In bytes, like all offsets of outputs.
    package var offset: Int64
    package var nextOffset: Int64
    package var text: String

    package init(offset: Int64, nextOffset: Int64, text: String) {
        self.offset = offset
        self.nextOffset = nextOffset
        self.text = text
    }
}
