/// The SHA-256 of a certificate, by which people and clients know a server whose certificate nobody has signed for them. Written
/// as `openssl x509 -fingerprint -sha256` does: `SHA256:AB:CD:...`.
package struct CertificateFingerprint: Hashable, Sendable, Codable, CustomStringConvertible {
    private let digest: Digest

    /// - Parameter digest: of the certificate in DER.
    package init(_ digest: Digest) { self.digest = digest }

    /// 64 hexadecimal digits of either case, with or without colons and `SHA256:` (or openssl's `sha256 Fingerprint=`) before them.
    package init(parsing text: String) throws {
        let lowered = text.lowercased()
        let value = ["sha256:", "sha256 fingerprint="].first { lowered.hasPrefix($0) }.map { lowered.dropFirst($0.count) } ?? lowered[...]
        guard let digest = Digest(hex: value.replacing(":", with: "")) else {
            throw Failure.invalidValue(
                "fingerprint", text,
                expected: "SHA256: and 64 hexadecimal digits, as 'openssl x509 -in FILE -noout -fingerprint -sha256' prints them")
        }
        self.digest = digest
    }

    package init(from decoder: any Decoder) throws { try self.init(parsing: decoder.singleValueContainer().decode(String.self)) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        let digits = Array("\(digest)".uppercased())
        let pairs = stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<$0 + 2]) }
        return "SHA256:" + pairs.joined(separator: ":")
    }
}
