import API
import Client
import Foundation
import Glibc

/// Settles at the login how the certificate of a server is known from then on, as ssh does with a host's key.
struct Trusting {
    let server: String
    /// `--ca`
    let ca: String?
    /// `--fingerprint`
    let fingerprint: String?
    /// `--yes`
    let takesAny: Bool

    /// Nil: the system trusts it, or the server has none. Nothing secret has been sent when this returns or throws.
    ///
    /// - Parameter known: what was settled at an earlier login.
    func establish(known: ServerTrust?) async throws -> ServerTrust? {
        guard server.hasPrefix("https://") else {
            guard ca == nil, fingerprint == nil else {
                throw Failure(
                    .invalidRequest, "--ca and --fingerprint are for servers with TLS, and \(server) is without", hint: "is it https://?")
            }
            return nil
        }
        guard ca == nil || fingerprint == nil else {
            throw Failure(.invalidRequest, "--ca and --fingerprint exclude each other")
        }
        if let ca { return try ServerTrust(authoritiesIn: ca) }
        if let fingerprint { return ServerTrust(fingerprint: try CertificateFingerprint(parsing: fingerprint)) }
        if let known {
            do {
                _ = try await APIClient(url: server, token: nil, trust: known).closing { try await $0.health() }
                return known
            } catch let failure as Failure where failure.code == .notLoggedIn && known.fingerprint == nil {
                // Another authority has signed it now: look at it as if for the first time.
            }
        }
        do {
            _ = try await APIClient(url: server, token: nil).closing { try await $0.health() }
            return nil
        } catch let failure as Failure where failure.code == .notLoggedIn {
            return try await ask(failure)
        }
    }

    private func ask(_ failure: Failure) async throws -> ServerTrust {
        let shown = try await ServerTrust.fingerprint(shownAt: server)
        let trust = ServerTrust(fingerprint: shown)
        if takesAny {
            Output.note("taking the certificate \(shown)")
            return trust
        }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw Failure(
                .notLoggedIn, failure.message,
                hint: "it is \(shown); if that is what its operator says, log in with --fingerprint \(shown)")
        }
        Output.note(Escaping.line("\(failure.message)."))
        Output.note("It is \(shown); 'nsml status' and 'nsml up' on the server show the right one.")
        try Output.write(Array("Take this certificate, now and from now on? [y/N] ".utf8), to: STDERR_FILENO)
        let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw Failure(.interrupted, "the certificate was not taken") }
        return trust
    }
}
