import API
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// What went wrong between here and the server, in words.
enum TransportFailure {
    /// Turns what the HTTP client threw into a `Failure`. Cancellation stays what it is.
    static func describe(_ error: any Error, _ url: String) -> any Error {
        if error is CancellationError || error is Failure { return error }
        if let error = error as? HTTPClientError { return describe(error, url) }
        if error is NIOConnectionError { return unreachable(url) }
        if let error = error as? ChannelError, case .connectTimeout = error { return unreachable(url) }
        if let error = error as? IOError {
            return [ECONNREFUSED, ENOENT, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode) ? unreachable(url) : lost(url)
        }
        if error is ChannelError { return lost(url) }
        if let error = error as? NIOSSLError { return describe(error, url) }
        if error is NIOSSLExtraError {
            return untrusted(url, "the certificate of \(url) is for another name")
        }
        return Failure(.serverUnreachable, "cannot talk to \(url): \(error)", hint: "is its address right? 'nsml context ls' shows it")
    }

    private static func describe(_ error: HTTPClientError, _ url: String) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .connectTimeout, .getConnectionFromPoolTimeout: unreachable(url)
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            Failure(.timeout, "\(url) did not answer in time", hint: "try again; 'nsml status' says whether it is there")
        case .remoteConnectionClosed, .requestStreamCancelled, .uncleanShutdown: lost(url)
        case .tlsHandshakeTimeout: Failure(.serverUnreachable, "\(url) does not answer with TLS", hint: "is it a http:// address?")
        case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath: invalid(url)
        default: Failure(.serverUnreachable, "cannot talk to \(url): \(error.description)", hint: "try again")
        }
    }

    /// BoringSSL says in its own words what was wrong; one of them is worth telling from the others.
    private static func describe(_ error: NIOSSLError, _ url: String) -> Failure {
        guard case .handshakeFailed(let reason) = error else { return lost(url) }
        guard "\(reason)".contains("CERTIFICATE_VERIFY_FAILED") else {
            return Failure(.serverUnreachable, "\(url) does not speak TLS, or another one", hint: "is it an http:// address?")
        }
        return untrusted(url, "the certificate of \(url) is not signed by anybody who is trusted here, or not valid")
    }

    static func untrusted(_ url: String, _ sentence: String) -> Failure {
        Failure(
            .notLoggedIn, sentence,
            hint: "'nsml login \(url)' shows it and asks; --fingerprint SHA256:... pins it, --ca FILE names who signed it")
    }

    static func unreachable(_ url: String) -> Failure {
        Failure(.serverUnreachable, "no platform answers at \(url)", hint: "'nsml up' starts one here; 'nsml context ls' shows the others")
    }

    static func lost(_ url: String) -> Failure {
        // A server with TLS ends a connection without it at the first word.
        let isPlain = url.hasPrefix("http://")
        return Failure(
            .serverUnreachable, "the connection to \(url) was lost",
            hint: isPlain ? "try again; where the server speaks TLS its address begins with https://" : "try again")
    }

    static func invalid(_ url: String) -> Failure {
        .invalidValue("server", url, expected: "an address such as http://127.0.0.1:7777 or https://nsml.example.org")
    }

    /// What an answer of 400 or more says. It is a problem document, unless something else than the platform answered.
    static func describe(status: Int, contentType: String, body: [UInt8], _ url: String) -> Failure {
        /// `Problem`, without insisting that its code is one that this program knows.
        struct LenientProblem: Decodable {
            var code: String
            var detail: String
            var hint: String?
            var offset: Int64?
        }
        let isJSON = contentType.lowercased().contains("json")
        // No problem document: described below by its status.
        if isJSON, let problem = try? Wire.decoder().decode(LenientProblem.self, from: Data(body)) {
            let code = Failure.Code(rawValue: problem.code) ?? code(for: status)
            return Failure(code, problem.detail, hint: problem.hint, offset: problem.offset)
        }
        return Failure(
            code(for: status), "\(url) answered with status \(status), and not as a platform does",
            hint: "is a proxy between, or another program at that address? 'nsml context ls' shows the address")
    }

    private static func code(for status: Int) -> Failure.Code {
        switch status {
        case 401: .notLoggedIn
        case 403: .forbidden
        case 404, 410: .notFound
        case 408: .timeout
        case 409: .wrongState
        case 413: .tooLarge
        case 429: .tooManyRequests
        case 507: .storageFull
        case 502...504: .serverUnreachable
        case 400..<500: .invalidRequest
        default: .internal
        }
    }
}
