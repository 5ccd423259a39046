import API
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

    init(url: String, token: String? = nil, user: UserName? = nil) {
        self.url = url
        self.token = token
        self.user = user
    }

    /// Throws `not_found` for a context that is not there and `local_error` for an unreadable token file.
    static func resolve(
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
            return Connection(url: url, token: token ?? known?.token, user: token == nil ? known?.user : nil)
        }
        var connection = Connection(url: defaultURL)
        if let name = environment["NSML_CONTEXT"], !name.isEmpty {
            connection = try Connection(configuration.context(named: name))
        } else if let current = configuration.current {
            connection = try Connection(configuration.context(named: current))
        }
        if let token { connection = Connection(url: connection.url, token: token) }
        return connection
    }

    private init(_ context: Configuration.Context) {
        self.init(url: context.url, token: context.token, user: context.user)
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

    private static func token(in environment: [String: String]) throws -> String? {
        if let token = environment["NSML_TOKEN"], !token.isEmpty { return token }
        guard let path = environment["NSML_TOKEN_FILE"], !path.isEmpty else { return nil }
        return try TokenSource.read(path: path)
    }
}
