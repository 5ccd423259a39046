import Foundation
import TestSupport
import Testing

/// A self-signed certificate for 127.0.0.1 and its key, made for these tests and valid for a hundred years.
struct TestCertificate: Sendable {
    var certificate: String
    var key: String
    var fingerprint: String

    /// Puts it where a server reads it; as `certbot` does, by a rename.
    func write(to folder: URL) throws {
        try Data(certificate.utf8).write(to: folder.appending(path: "cert.pem"), options: .atomic)
        try Data(key.utf8).write(to: folder.appending(path: "key.pem"), options: .atomic)
    }

    static let first = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBnzCCAUWgAwIBAgIUfxxXnHgPylgUe+ICEn2pdgYszfgwCgYIKoZIzj0EAwIw
            FjEUMBIGA1UEAwwLbnNtbCB0ZXN0IDEwIBcNMjYxMTI1MDAxNjI0WhgPMjEyNjEx
            MDEwMDE2MjRaMBYxFDASBgNVBAMMC25zbWwgdGVzdCAxMFkwEwYHKoZIzj0CAQYI
            KoZIzj0DAQcDQgAEvN9lt44OrPYVCo3mwkDB/Py6Vvq6HBRxJ7ZFsIZUCmPcVv0X
            H2FOELS+j0rqqM/Y9WJToGCGaPYtz8WxshfXGaNvMG0wHQYDVR0OBBYEFLzwjtgc
            5CrCJyLh/RrkUCHy/NzcMB8GA1UdIwQYMBaAFLzwjtgc5CrCJyLh/RrkUCHy/Nzc
            MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MAoG
            CCqGSM49BAMCA0gAMEUCIQCSsSbibJQNX4zMCsfbs1PeaweT6tIP0eAWwfQiTLrP
            jAIgaSrtLmyngbN/0xa6OPZOvLshK1i6ZLM4A/eKJhYqO2A=
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEjBtoPtof1NWBRMp
            LB6uvteGVXtxAw+aOde/cX7ZaluhRANCAAS832W3jg6s9hUKjebCQMH8/LpW+roc
            FHEntkWwhlQKY9xW/RcfYU4QtL6PSuqoz9j1YlOgYIZo9i3PxbGyF9cZ
            -----END PRIVATE KEY-----
            """,
        fingerprint: "SHA256:79:4F:FF:46:8A:57:D7:95:86:E8:D0:C4:C1:55:38:F8:34:D5:46:BB:F1:29:6A:57:29:EA:1D:7A:A9:E9:EB:EC")

    static let second = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBnjCCAUWgAwIBAgIUdcq6jpFHI+wNbaUFCpA5xEW/B08wCgYIKoZIzj0EAwIw
            FjEUMBIGA1UEAwwLbnNtbCB0ZXN0IDIwIBcNMjYxMTI1MDAxNjI1WhgPMjEyNjEx
            MDEwMDE2MjVaMBYxFDASBgNVBAMMC25zbWwgdGVzdCAyMFkwEwYHKoZIzj0CAQYI
            KoZIzj0DAQcDQgAEImGixRALHAP/xjmWckox7nKL6CeBagi3wDqxG3fiRBmiWixY
            T3OqQ/zbLehTUQbwyY4ritVZ4xtpxDqbzaNp+qNvMG0wHQYDVR0OBBYEFGqFoWLI
            1A+Z8PikCb+z7vtzIN0gMB8GA1UdIwQYMBaAFGqFoWLI1A+Z8PikCb+z7vtzIN0g
            MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MAoG
            CCqGSM49BAMCA0cAMEQCIBoGFQxQTzlrGH2+jLfHXnPjV+VYWb/oi3Sle5tZ4QtA
            AiA2vBOLt/pBR27Q4KYYVQ/Sm1CCcezojoxC7TOmQCVxbw==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwo1de3CFk5Wc5WlH
            cLyuXb/5hvh5G7/wPZ/8PW4wx/mhRANCAAQiYaLFEAscA//GOZZySjHucovoJ4Fq
            CLfAOrEbd+JEGaJaLFhPc6pD/Nst6FNRBvDJjiuK1VnjG2nEOpvNo2n6
            -----END PRIVATE KEY-----
            """,
        fingerprint: "SHA256:E1:E7:E8:44:B7:A8:77:A7:FA:F2:2E:74:D7:4E:06:D3:C5:60:ED:09:30:D9:4C:3D:42:3D:BF:55:14:EB:C5:C2")
}

@Suite("TLS, from outside") struct TLSTests {
    @Test("a certificate is pinned at the login, sessions work, and another certificate is refused until it is pinned")
    func pinned() async throws {
        try await withTemporaryDirectory { folder in
            try TestCertificate.first.write(to: folder)
            let files = ["--tls-certificate", folder.appending(path: "cert.pem").path, "--tls-key", folder.appending(path: "key.pem").path]
            try await withPlatform(files) { platform in
                #expect(platform.url.hasPrefix("https://127.0.0.1:"))
                #expect(try await platform.nsml("whoami").output.contains("through a socket of this machine"))
                // The supervisor speaks through the socket too.
                let session = try await platform.session(Code.hello, arguments: ["there"])
                try await platform.nsml("wait", session, "--timeout", "60")
                #expect(try await platform.nsml("logs", session).output == "hello there\n")

                let token = try #require(try await platform.nsml("user", "add", "alice").lines.first)
                let input = Array("\(token)\n".utf8)
                var alice = platform.program
                alice.home = platform.directory.appending(path: "alice")
                try FileManager.default.createDirectory(at: alice.home, withIntermediateDirectories: true)
                let refused = try await alice.run(["login", platform.url], input: input)
                #expect(refused.status == 3 && refused.errors.contains(TestCertificate.first.fingerprint), "\(refused.errors)")
                let other = TestCertificate.second.fingerprint
                #expect(
                    try await alice.run(["login", platform.url, "--fingerprint", other], input: input).errors.contains("another one than"))
                let mistaken = try await alice.run(["login", platform.url.replacing("https", with: "http")], input: input)
                #expect(mistaken.status == 6)

                let login = try await alice.run(
                    ["login", platform.url, "--fingerprint", TestCertificate.first.fingerprint.lowercased()], input: input)
                #expect(login.status == 0, "\(login.errors)")
                let who = try await alice.run(["whoami"])
                #expect(who.output == "alice (user) on \(platform.url), TLS, certificate \(TestCertificate.first.fingerprint)\n", "\(who)")
                var byFile = alice
                byFile.variables = [
                    "NSML_URL": platform.url, "NSML_TOKEN": token, "NSML_CA_FILE": folder.appending(path: "cert.pem").path,
                ]
                #expect(try await byFile.run(["whoami"]).output.contains("signed by an authority"))

                try TestCertificate.second.write(to: folder)
                struct Server: Decodable {
                    var pid: Int32
                    var certificate: String
                }
                let file = URL(filePath: platform.data).appending(path: "server.pid")
                let server = try JSONDecoder().decode(Server.self, from: Data(contentsOf: file))
                #expect(server.certificate == TestCertificate.first.fingerprint)
                kill(server.pid, SIGHUP)
                try await eventually("the new certificate") {
                    try JSONDecoder().decode(Server.self, from: Data(contentsOf: file)).certificate == other
                }
                let changed = try await alice.run(["whoami"])
                #expect(changed.status == 3 && changed.errors.contains("another one than") && changed.errors.contains(other), "\(changed)")
                let insisting = try await alice.run(["login", platform.url, "--yes"], input: input)
                #expect(insisting.status == 3 && insisting.errors.contains("another one than"))
                #expect(try await alice.run(["login", platform.url, "--fingerprint", other], input: input).status == 0)
                #expect(try await alice.run(["ps"]).status == 0)
                // Files that do not fit together leave the server as it was.
                try Data(TestCertificate.first.key.utf8).write(to: folder.appending(path: "key.pem"), options: .atomic)
                kill(server.pid, SIGHUP)
                try await eventually("a word about the bad certificate") {
                    try String(contentsOfFile: "\(platform.data)/server.log", encoding: .utf8).contains("is not good")
                }
                #expect(try await alice.run(["ps"]).status == 0)
            }
        }
    }

    @Test("nothing listens beyond the machine without TLS unless that is said, and half a certificate is none")
    func refused() async throws {
        try await withTemporaryDirectory { folder in
            let program = Program(home: folder)
            let data = ["--data", folder.appending(path: "data").path]
            let open = try await program.run(["server", "--listen", "0.0.0.0:0"] + data)
            #expect(open.status == 2 && open.errors.contains("without TLS"), "\(open.errors)")
            try TestCertificate.first.write(to: folder)
            let half = try await program.run(["server", "--listen", "127.0.0.1:0", "--tls-certificate", "cert.pem"] + data)
            #expect(half.status == 2 && half.errors.contains("--tls-key"), "\(half.errors)")
            try Data(TestCertificate.second.key.utf8).write(to: folder.appending(path: "key.pem"))
            let wrong = try await program.run(
                ["server", "--listen", "127.0.0.1:0", "--tls-certificate", "cert.pem", "--tls-key", "key.pem"] + data)
            #expect(wrong.status == 1 && wrong.errors.contains("is not that of the certificate"), "\(wrong.errors)")
        }
    }
}
