import API
import Client
import Foundation
import TestSupport
import Testing

@testable import nsml

@Suite("Configuration") struct ConfigurationTests {
    static let two = Configuration(
        current: "local",
        contexts: [
            "local": .init(url: "http://127.0.0.1:7777", token: "one", user: UserName(rawValue: "alice")),
            "lab": .init(url: "https://lab", token: "two"),
        ])

    @Test("is kept in a file that nobody else can read, and read back as it was")
    func roundTrip() async throws {
        try await withTemporaryDirectory { directory in
            let file = ConfigurationFile(directory: directory.appending(path: "a/nsml").path)
            #expect(try file.load() == Configuration())
            try file.save(Self.two)
            #expect(try file.load() == Self.two)
            try file.update { $0.current = "lab" }
            #expect(try file.load().current == "lab")
            let manager = FileManager.default
            #expect(try manager.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
            #expect(try manager.attributesOfItem(atPath: file.directory)[.posixPermissions] as? Int == 0o700)
            #expect(try manager.contentsOfDirectory(atPath: file.directory) == ["config.json"])
        }
    }

    @Test("says so when the file is damaged, instead of forgetting all tokens")
    func damaged() async throws {
        try await withTemporaryDirectory { directory in
            let file = ConfigurationFile(directory: directory.path)
            try "{".write(toFile: file.path, atomically: true, encoding: .utf8)
            #expect(throws: Failure.self) { try file.load() }
            #expect(throws: Failure.self) { try file.update { $0.current = nil } }
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "{")
        }
    }

    @Test("lies where the environment says")
    func places() {
        #expect(ConfigurationFile(environment: ["XDG_CONFIG_HOME": "/x"]).path == "/x/nsml/config.json")
        #expect(ConfigurationFile(environment: ["HOME": "/home/a"]).path == "/home/a/.config/nsml/config.json")
    }

    @Test("names new servers after their host")
    func names() {
        #expect(Self.two.name(for: "https://lab") == "lab")
        #expect(Self.two.name(for: "http://gpu1:7777") == "gpu1")
        #expect(Self.two.name(for: "http://127.0.0.1:8888") == "local-8888")
        #expect(Configuration().name(for: "http://localhost:7777") == "local")
    }
}

@Suite("Connection") struct ConnectionTests {
    static func resolve(_ context: String? = nil, _ environment: [String: String] = [:]) throws -> Connection {
        try Connection.resolve(context: context, configuration: ConfigurationTests.two, environment: environment)
    }

    @Test("goes to the current context unless something else is said")
    func precedence() throws {
        #expect(try Self.resolve() == Connection(url: "http://127.0.0.1:7777", token: "one", user: UserName(rawValue: "alice")))
        #expect(try Self.resolve("lab").token == "two")
        #expect(try Self.resolve(nil, ["NSML_CONTEXT": "lab"]).url == "https://lab")
        #expect(try Self.resolve(nil, ["NSML_TOKEN": "mine"]) == Connection(url: "http://127.0.0.1:7777", token: "mine"))
        #expect(try Self.resolve(nil, ["NSML_URL": "http://x:1/", "NSML_TOKEN": "mine"]) == Connection(url: "http://x:1", token: "mine"))
        #expect(throws: Failure.self) { try Self.resolve("nowhere") }
    }

    @Test("sends a token only to the server that gave it")
    func tokens() throws {
        #expect(try Self.resolve(nil, ["NSML_URL": "http://elsewhere"]).token == nil)
        #expect(try Self.resolve(nil, ["NSML_URL": "https://lab/"]).token == "two")
        // What was said of one server in the environment does not go to another that the command names.
        #expect(
            try Self.resolve("lab", ["NSML_URL": "http://elsewhere", "NSML_TOKEN": "mine"]) == Connection(url: "https://lab", token: "two"))
    }

    @Test("takes a token from a file")
    func tokenFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "token").path
            try "  secret \nmore".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try Self.resolve(nil, ["NSML_TOKEN_FILE": path]).token == "secret")
            #expect(throws: Failure.self) { try Self.resolve(nil, ["NSML_TOKEN_FILE": "\(path).absent"]) }
        }
    }

    @Test("understands addresses as people write them")
    func addresses() throws {
        #expect(try Connection.normalize("gpu1:7777") == "http://gpu1:7777")
        #expect(try Connection.normalize("https://nsml.example/") == "https://nsml.example")
        for wrong in ["", "ftp://x", "http://", "http://a:b@c", "http://a?b"] {
            #expect(throws: Failure.self) { try Connection.normalize(wrong) }
        }
    }
}

@Suite("How a server is known") struct TrustTests {
    @Test("a fingerprint is taken as people and openssl write it, and nothing else is")
    func fingerprints() throws {
        let pairs = (0..<32).map { String(format: "%02X", $0 * 7) }
        let colons = pairs.joined(separator: ":")
        let wanted = try CertificateFingerprint(parsing: colons)
        #expect(wanted.description == "SHA256:\(colons)")
        for text in ["SHA256:\(colons)", "sha256:\(colons.lowercased())", pairs.joined(), "sha256 Fingerprint=\(colons)"] {
            #expect(try CertificateFingerprint(parsing: text) == wanted)
        }
        for text in ["", "SHA256:", String(colons.dropLast(3)), "SHA1:\(colons)", "zz\(colons.dropFirst(2))"] {
            #expect(throws: Failure.self) { try CertificateFingerprint(parsing: text) }
        }
    }

    @Test("the environment's server is trusted as its context is, or as the environment says")
    func environment() throws {
        let digits = String(repeating: "ab", count: 32)
        let pin = ServerTrust(fingerprint: try CertificateFingerprint(parsing: digits))
        let configuration = Configuration(
            current: "lab", contexts: ["lab": .init(url: "https://lab", token: "two", trust: pin, localURL: nil)])
        func resolve(_ environment: [String: String]) throws -> Connection {
            try Connection.resolve(context: nil, configuration: configuration, environment: environment)
        }
        #expect(try resolve([:]).trust == pin)
        #expect(try resolve(["NSML_TOKEN": "t"]).trust == pin)
        #expect(try resolve(["NSML_URL": "https://lab", "NSML_TOKEN": "t"]).trust == pin)
        #expect(try resolve(["NSML_URL": "https://other", "NSML_TOKEN": "t"]).trust == nil)
        #expect(try resolve(["NSML_URL": "https://other", "NSML_FINGERPRINT": digits]).trust == pin)
        #expect(throws: Failure.self) { try resolve(["NSML_CA_FILE": "absent.pem"]) }
        #expect(try resolve([:]).protection?.hasPrefix("TLS, certificate SHA256:AB:") == true)
        #expect(Connection(url: "http://127.0.0.1:7777").protection == nil)
        #expect(Connection(url: "http://gpu1:7777").protection?.hasPrefix("not encrypted") == true)
    }

    @Test("the disk's reserve is a size or a part of it")
    func reserve() throws {
        #expect(try DiskReserve(parsing: "20GB") == .bytes(20_000_000_000))
        #expect(try DiskReserve(parsing: "0") == .bytes(0))
        #expect(try DiskReserve(parsing: "10%") == .percent(10))
        #expect(try DiskReserve(parsing: "50%").bytes(at: "/") > 1_000_000)
        for text in ["", "%", "-1%", "99%", "much"] { #expect(throws: Failure.self) { try DiskReserve(parsing: text) } }
    }
}
