import Foundation

/// Where packages come from on this machine, as its administrator has told pip: handed on to whatever installs.
struct PackageIndex: Sendable, Equatable {
    /// Variables for the installer's environment.
    var variables: [String: String] = [:]
    /// Local directories that hold packages; a sandbox must show them.
    var directories: [String] = []

    /// Whether packages are fetched from anywhere but this machine.
    var needsNetwork: Bool { !["1", "true", "yes", "on", "y", "t"].contains((variables["UV_NO_INDEX"] ?? "").lowercased()) }

    /// The variables that are handed on as they are.
    private static let prefixes = ["PIP_", "UV_"]

    /// - Parameter configuration: the texts of pip's configuration files, the more general ones first.
    init(environment: [String: String], configuration: [String]) {
        variables = environment.filter { setting in Self.prefixes.contains { setting.key.hasPrefix($0) } }
        variables.merge(SessionEnvironment.networkVariables(of: environment)) { $1 }
        for text in configuration {
            for (key, value) in Self.settings(text) where ["index-url", "extra-index-url", "find-links", "no-index", "cert"].contains(key) {
                let name = "PIP_" + key.uppercased().replacingOccurrences(of: "-", with: "_")
                if environment[name] == nil { variables[name] = value }
            }
        }
        translate("PIP_INDEX_URL", to: "UV_DEFAULT_INDEX")
        translate("PIP_EXTRA_INDEX_URL", to: "UV_INDEX")
        translate("PIP_FIND_LINKS", to: "UV_FIND_LINKS")
        translate("PIP_NO_INDEX", to: "UV_NO_INDEX")
        translate("PIP_CERT", to: "SSL_CERT_FILE")
        // As pip does it: the best version of all indexes, not of the first that knows the package.
        variables["UV_INDEX_STRATEGY"] = variables["UV_INDEX_STRATEGY"] ?? "unsafe-best-match"
        let links = variables["PIP_FIND_LINKS"] ?? ""
        directories = links.split(whereSeparator: \.isWhitespace).map(String.init).filter { $0.hasPrefix("/") }
        // Compiling is the point of building once.
        variables["PYTHONDONTWRITEBYTECODE"] = nil
    }

    static func ofThisMachine(environment: [String: String]) -> PackageIndex {
        let home = environment["HOME"] ?? ""
        let files = ["/etc/pip.conf", "\(home)/.pip/pip.conf", "\(environment["XDG_CONFIG_HOME"] ?? "\(home)/.config")/pip/pip.conf"]
        let texts = (files + [environment["PIP_CONFIG_FILE"]].compactMap { $0 }).compactMap { FileManager.default.contents(atPath: $0) }
        return PackageIndex(environment: environment, configuration: texts.map { String(decoding: $0, as: UTF8.self) })
    }

    private mutating func translate(_ name: String, to other: String) {
        if variables[other] == nil, let value = variables[name] {
            variables[other] = value.split(whereSeparator: \.isWhitespace).joined(separator: other == "UV_FIND_LINKS" ? "," : " ")
        }
    }

    /// `key = value` of the sections that hold for installing; a value may go on in indented lines.
    static func settings(_ text: String) -> [(key: String, value: String)] {
        var settings: [(key: String, value: String)] = []
        var counts = false
        for line in text.split(separator: "\n") where !line.trimmingCharacters(in: .whitespaces).hasPrefix("#") {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.hasPrefix("[") {
                counts = ["[global]", "[install]"].contains(trimmed)
            } else if counts, line.first?.isWhitespace == true, !settings.isEmpty {
                settings[settings.count - 1].value += " \(trimmed)"
            } else if counts, let equals = trimmed.firstIndex(of: "=") {
                settings.append(
                    (
                        trimmed[..<equals].trimmingCharacters(in: .whitespaces),
                        trimmed[trimmed.index(after: equals)...].trimmingCharacters(in: .whitespaces)
                    ))
            }
        }
        return settings
    }
}
