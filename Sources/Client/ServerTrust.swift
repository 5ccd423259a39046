package import API
import AsyncHTTPClient
import Content
import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// How a client makes sure that a server behind TLS is the one it means, where the system's own list of authorities does not do.
package struct ServerTrust: Codable, Sendable, Equatable {
    /// Only this certificate is taken; its name, its dates and who signed it do not matter then.
    package var fingerprint: CertificateFingerprint?
    /// Certificates in PEM that are trusted instead of the system's.
    package var authorities: String?

    package init(fingerprint: CertificateFingerprint) { self.fingerprint = fingerprint }

    /// Trusts whatever the certificates of a PEM file have signed.
    package init(authoritiesIn path: String) throws {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Failure(.localError, "cannot read the certificates in '\(path)'")
        }
        guard try !Self.certificates(text).isEmpty else {
            throw Failure.invalidValue("ca", path, expected: "a file of certificates in PEM: -----BEGIN CERTIFICATE-----")
        }
        authorities = text
    }

    private static func certificates(_ pem: String) throws -> [NIOSSLCertificate] {
        do { return try NIOSSLCertificate.fromPEMBytes([UInt8](pem.utf8)) } catch {
            throw Failure(.invalidValue, "the trusted certificates are no certificates in PEM")
        }
    }

    /// Has `configuration` trust in this way. Nothing is sent before a connection's certificate has been looked at.
    func apply(to configuration: inout HTTPClient.Configuration, url: String) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities { tls.trustRoots = .certificates(try Self.certificates(authorities)) }
        if let fingerprint {
            // Who holds the key of this very certificate is the server: the handshake proves the key, the fingerprint the certificate.
            tls.certificateVerification = .none
            configuration.http1_1ConnectionDebugInitializer = { channel in
                Self.look(at: channel) { shown in
                    guard shown != fingerprint else { return }
                    throw ServerTrust.changed(url, shown: shown, pinned: fingerprint)
                }
            }
        }
        configuration.tlsConfiguration = tls
    }

    /// Calls `check` with the certificate of a connection that has just been made, and closes the connection when it throws.
    private static func look(
        at channel: any Channel, _ check: @escaping @Sendable (CertificateFingerprint?) throws -> Void
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            do {
                let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
                try check(certificate.map { CertificateFingerprint(Digest(of: try $0.toDERBytes())) })
            } catch {
                channel.close(promise: nil)
                throw error
            }
        }
    }

    /// The certificate that a server shows now, whoever it is. Nothing is sent to it.
    package static func fingerprint(shownAt url: String) async throws -> CertificateFingerprint {
        struct Seen: Error {}
        let box = Box()
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        configuration.tlsConfiguration = tls
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { channel in
            look(at: channel) { fingerprint in
                box.shown.withLock { $0 = fingerprint }
                throw Seen()
            }
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var failure: (any Error)?
        do { _ = try await http.execute(HTTPClientRequest(url: url), timeout: .seconds(10)) } catch { failure = error }
        // It has done what it was made for.
        try? await http.shutdown()
        if let fingerprint = box.shown.withLock({ $0 }) { return fingerprint }
        throw failure.map { TransportFailure.describe($0, url) } ?? TransportFailure.lost(url)
    }

    private final class Box: Sendable {
        let shown = Mutex<CertificateFingerprint?>(nil)
    }

    /// The failure of a server that is no longer the one whose certificate was pinned.
    package static func changed(_ url: String, shown: CertificateFingerprint?, pinned: CertificateFingerprint) -> Failure {
        Failure(
            .notLoggedIn,
            "the certificate of \(url) is another one than was pinned: \(shown.map(\.description) ?? "none at all") instead of \(pinned)",
            hint: "somebody may be listening between; if its operator says that this is right: nsml login \(url) --fingerprint "
                + (shown.map(\.description) ?? "SHA256:..."))
    }
}
