import API
import Client
import Foundation

/// The servers that this user knows, each with a token; one of them is current.
///
/// Kept as `nsml/config.json` in the user's configuration directory, readable by nobody else:
///
///     {"current":"local","contexts":{"local":{"url":"http://127.0.0.1:7777","token":"...","user":"alice"}}}
struct Configuration: Codable, Sendable, Equatable {
    struct Context: Codable, Sendable, Equatable {
        var url: String
        var token: String?
        /// Whose token it is, as the server said at login.
        var user: UserName?
        /// How a server behind TLS is known; nil: by the system's list of authorities.
        var trust: ServerTrust?
        /// The socket of a server on this machine, where 'nsml up' has found it: a nearer way than `url`.
        var localURL: String?

        init(url: String, token: String? = nil, user: UserName? = nil, trust: ServerTrust? = nil, localURL: String? = nil) {
            self.url = url
            self.token = token
            self.user = user
            self.trust = trust
            self.localURL = localURL
        }
    }

    var current: String?
    var contexts: [String: Context]

    init(current: String? = nil, contexts: [String: Context] = [:]) {
        self.current = current
        self.contexts = contexts
    }

    /// A context by its name, or a failure that tells the names there are.
    func context(named name: String) throws -> Context {
        guard let context = contexts[name] else {
            let names = contexts.keys.sorted().joined(separator: ", ")
            throw Failure.noSuch("context", name, hint: names.isEmpty ? "'nsml login URL' makes one" : "there are \(names)")
        }
        return context
    }

    /// The name under which a server of that URL is kept, or a new one made of its host.
    func name(for url: String) -> String {
        if let known = contexts.first(where: { $0.value.url == url }) { return known.key }
        let host = URL(string: url)?.host() ?? "server"
        let base = ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) ? "local" : host
        guard contexts[base] != nil else { return base }
        let port = URL(string: url)?.port.map(String.init) ?? "2"
        return contexts["\(base)-\(port)"] == nil ? "\(base)-\(port)" : url
    }
}
