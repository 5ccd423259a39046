import API
import HTTPTypes
import Hummingbird

/// How a browser proves who it is. The cookie is out of reach of scripts and of other sites, and it counts only when the
/// browser itself says that the page is what asks.
struct BrowserCookie: Sendable {
    /// With the port: cookies do not tell the ports of a host apart, and several platforms may run on one machine.
    let name: String

    /// With TLS the browser sends it over nothing else.
    private let attributes: String

    init(port: Int, isSecure: Bool = false) {
        name = "nsml_\(port)"
        attributes = isSecure ? "HttpOnly; SameSite=Strict; Secure" : "HttpOnly; SameSite=Strict"
    }

    /// - Parameter isSecure: whether the page came by TLS, which a proxy may speak for us.
    func setting(_ token: String, seconds: Int64, isSecure: Bool = false) -> String {
        let attributes = isSecure && !attributes.contains("Secure") ? "\(attributes); Secure" : attributes
        return "\(name)=\(token); Path=/; Max-Age=\(seconds); \(attributes)"
    }

    var clearing: String { "\(name)=; Path=/; Max-Age=0; \(attributes)" }

    /// The token that the request carries; nil when it carries none, or when it does not come from our own page.
    func token(in request: Request) -> String? {
        guard isFromPage(request) else { return nil }
        return value(in: request.headers[values: .cookie])
    }

    /// The value among the pairs of `Cookie` fields.
    func value(in fields: [String]) -> String? {
        for field in fields {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                if pair.hasPrefix("\(name)=") { return String(pair.dropFirst(name.utf8.count + 1)) }
            }
        }
        return nil
    }

    /// The gate has refused foreign origins; what changes something must say that it comes from ours. A file may also be asked for by
    /// typing its address.
    private func isFromPage(_ request: Request) -> Bool {
        let site = request.headers[.secFetchSite]
        if site == "same-origin" { return true }
        if request.method == .get { return site == nil || site == "none" }
        return site == nil && request.headers[.origin] != nil
    }
}

extension HTTPField.Name {
    // The names are literals of the grammar of field names: the fallback is never taken.
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
    static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode") ?? .origin
    static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest") ?? .origin
}
