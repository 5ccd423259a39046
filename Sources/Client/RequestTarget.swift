import API

/// The part of a URL after the server: an endpoint's path with its parameters filled in, and the query.
enum RequestTarget {
    /// `:name` components are replaced by `parameters[name]`. Everything but the unreserved characters is percent-encoded, in query values
    /// `/`, `:`, `@`, `,` and `*` stay too, so that names of metrics and files remain readable.
    static func make(_ path: String, _ parameters: [String: String], query: [(String, String)]) throws -> String {
        let components = try path.split(separator: "/").map { component -> String in
            guard component.hasPrefix(":") else { return String(component) }
            guard let value = parameters[String(component.dropFirst())], !value.isEmpty, value != ".", value != ".." else {
                throw Failure.invalidValue(
                    String(component.dropFirst()), parameters[String(component.dropFirst())] ?? "", expected: "a name")
            }
            return encode(value, keeping: "")
        }
        let target = "/" + components.joined(separator: "/")
        guard !query.isEmpty else { return target }
        return target + "?" + query.map { "\(encode($0, keeping: ""))=\(encode($1, keeping: "/:@,*"))" }.joined(separator: "&")
    }

    private static func encode(_ text: String, keeping others: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where others.utf8.contains(byte): encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

extension SessionName {
    /// As the paths of endpoints name them.
    var parameters: [String: String] { ["user": user.rawValue, "dataset": dataset.rawValue, "number": "\(number)"] }
}

/// Builds a query, leaving out what is not said.
func query(_ pairs: (String, (any CustomStringConvertible)?)...) -> [(String, String)] {
    pairs.compactMap { name, value in value.map { (name, "\($0)") } }
}
