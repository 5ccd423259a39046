package import API
import Crypto
import Foundation

/// A token as it is handed out: `nsml_`, 256 random bits and a checksum of 32 bits, both in hexadecimal.
///
/// Only the SHA-256 of the whole text is ever stored. The prefix lets secret scanners find leaked ones; the checksum
/// lets a mistyped one be told from a revoked one without asking the database.
package struct Secret: Sendable {
    package static let prefix = "nsml_"

    package let text: String

    /// Makes a new one.
    package init() {
        let random = (0..<4).map { _ in UInt64.random(in: .min ... .max) }
        let body = random.map { String(repeating: "0", count: 16 - String($0, radix: 16).count) + String($0, radix: 16) }.joined()
        text = Self.prefix + body + Self.checksum(body)
    }

    /// Takes what a client sent; nil when that cannot be one of ours.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.prefix.count + 72, text.hasPrefix(Self.prefix) else { return nil }
        let body = String(text.dropFirst(Self.prefix.count).prefix(64))
        guard text.hasSuffix(Self.checksum(body)) else { return nil }
        self.text = String(text)
    }

    /// What is stored. Looking up by this hash takes the same time for every wrong token.
    package var hash: API.Digest {
        // SHA-256 has 32 bytes: the fallback cannot happen, and would match nothing.
        API.Digest(bytes: Array(SHA256.hash(data: Array(text.utf8)))) ?? API.Digest.zero
    }

    private static func checksum(_ body: String) -> String {
        SHA256.hash(data: Array(body.utf8)).prefix(4).map { byte in
            String(repeating: "0", count: byte < 16 ? 1 : 0) + String(byte, radix: 16)
        }.joined()
    }
}

extension API.Digest {
    static var zero: API.Digest {
        guard let zero = API.Digest(bytes: [UInt8](repeating: 0, count: byteCount)) else { preconditionFailure("32 bytes make a digest") }
        return zero
    }
}
