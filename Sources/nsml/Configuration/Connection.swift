import API
import Client
import Foundation

/// Which server a command talks to, and as whom. What was said last in this order counts:
/// the configuration's current context, `NSML_CONTEXT`, `NSML_URL` with `NSML_TOKEN` or `NSML_TOKEN_FILE`, `--context`.
struct Connection: Sendable, Equatable {
    /// Where `nsml up` listens when nothing else is said.
    static let defaultURL = "http://127.0.0.1:7777"

    var url: String
    var token: String?
    /// Whose token it is, if the configuration knows.
    var user: UserName?
    /// How a server behind TLS is known; nil: by the system's list of authorities.
    var trust: ServerTrust?
    /// A nearer way to the same server, on its own machine.
    var localURL: String?

    init(url: String, token: String? = nil, user: UserName? = nil, trust: ServerTrust? = nil, localURL: String? = nil) {
        self.url = url
        self.token = token
        self.user = user
        self.trust = trust
        self.localURL = localURL
    }

    func client() throws -> APIClient { try APIClient(url: url, near: localURL, token: token, trust: trust) }

    /// What keeps others from reading along, in words; nil where it never leaves the machine.
    var protection: String? {
        if localURL != nil { return "through a socket of this machine" }
        guard url.hasPrefix("https") else {
            let isLocal = ["127.0.0.1", "localhost", "[::1]", "::1"].contains(URL(string: url)?.host())
            return isLocal ? nil : "not encrypted: whoever can read the network can read your token"
        }
        if let fingerprint = trust?.fingerprint { return "TLS, certificate \(fingerprint)" }
        return trust?.authorities == nil ? "TLS, certificate trusted by this system" : "TLS, certificate signed by an authority of --ca"
    }

    /// Throws `not_found` for a context that is not there and `local_error` for an unreadable token file.
    static func resolve(
        context: String?, configuration: Configuration, environment: [String: String]
    ) throws -> Connection {
        var connection = try choose(context: context, configuration: configuration, environment: environment)
        if context == nil, let trust = try trust(in: environment) { connection.trust = trust }
        return connection
    }

    private static func choose(
        context: String?, configuration: Configuration, environment: [String: String]
    ) throws -> Connection {
        if let context {
            return try Connection(configuration.context(named: context))
        }
        let token = try self.token(in: environment)
        if let url = environment["NSML_URL"], !url.isEmpty {
            let url = try normalize(url)
            // A token goes to the server that gave it, and to no other.
            let known = configuration.contexts.values.first { $0.url == url }
            return Connection(
                url: url, token: token ?? known?.token, user: token == nil ? known?.user : nil, trust: known?.trust,
                localURL: known?.localURL)
        }
        var connection = Connection(url: defaultURL)
        if let name = environment["NSML_CONTEXT"], !name.isEmpty {
            connection = try Connection(configuration.context(named: name))
        } else if let current = configuration.current {
            connection = try Connection(configuration.context(named: current))
        } else if token == nil, !configuration.contexts.isEmpty {
            let names = configuration.contexts.keys.sorted().joined(separator: ", ")
            throw Failure(.notLoggedIn, "none of your servers is chosen", hint: "'nsml context use NAME' chooses one; there are \(names)")
        }
        if let token {
            connection.token = token
            connection.user = nil
        }
        return connection
    }

    private init(_ context: Configuration.Context) {
        self.init(
            url: context.url, token: context.token, user: context.user, trust: context.trust, localURL: context.localURL)
    }

    /// `host`, `host:7777`, `https://host/` to a URL without a slash at its end.
    static func normalize(_ text: String) throws -> String {
        let full = text.contains("://") ? text : "http://\(text)"
        guard let url = URL(string: full), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host()?.isEmpty == false,
            url.query() == nil, url.user() == nil
        else {
            throw Failure.invalidValue("URL", text, expected: "http://HOST:PORT or https://HOST")
        }
        return full.hasSuffix("/") ? String(full.dropLast()) : full
    }

    /// For machines without a configuration: `NSML_FINGERPRINT` pins a certificate, `NSML_CA_FILE` names who may sign it.
    private static func trust(in environment: [String: String]) throws -> ServerTrust? {
        if let text = environment["NSML_FINGERPRINT"], !text.isEmpty {
            return ServerTrust(fingerprint: try CertificateFingerprint(parsing: text))
        }
        guard let path = environment["NSML_CA_FILE"], !path.isEmpty else { return nil }
        return try ServerTrust(authoritiesIn: path)
    }

    private static func token(in environment: [String: String]) throws -> String? {
        if let token = environment["NSML_TOKEN"], !token.isEmpty { return token }
        guard let path = environment["NSML_TOKEN_FILE"], !path.isEmpty else { return nil }
        return try TokenSource.read(path: path)
    }
}
