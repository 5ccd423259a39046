import API
import ArgumentParser
import Foundation
import Glibc
import Logging
import Server
import Supervision

/// What an operator may choose, the same for `nsml up` and `nsml server`.
struct ServerSettings: ParsableArguments {
    @Option(help: ArgumentHelp("Where everything lies. [default: $XDG_DATA_HOME/nsml]", valueName: "directory"))
    var data: String?

    @Option(help: ArgumentHelp("Where to listen; port 0 takes any free one.", valueName: "address:port"))
    var listen = "127.0.0.1:7777"

    @Option(
        help: ArgumentHelp(
            "Use so many GPUs; where there are fewer, some are declared for trying things out. [default: those that are found]",
            valueName: "number"))
    var gpus: Int?

    @Option(
        help: ArgumentHelp(
            "Give out so many CPUs; more than there are lets sessions share them. [default: those that it may use]", valueName: "number"))
    var cpus: Int?

    @Option(help: ArgumentHelp("How sessions are walled off: auto, bubblewrap or none.", valueName: "kind"))
    var sandbox = "auto"

    @Option(
        name: .customLong("allow-host"), parsing: .singleValue,
        help: ArgumentHelp("A further name under which browsers and clients may address the server. Repeatable.", valueName: "name"))
    var allowedHosts: [String] = []

    @Option(
        help: ArgumentHelp(
            "Speak TLS with the certificate in this file of PEM, the server's first; read again when it changes, and on SIGHUP.",
            valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Flag(help: "Listen beyond this machine without TLS. Tokens and data can then be read on the network.")
    var insecure = false

    @Option(help: ArgumentHelp("The name of the administrator that the first start makes. [default: who starts it]", valueName: "user"))
    var administrator: String?

    @Option(
        help: ArgumentHelp("When started by root: sessions run under user ids from this one on.", valueName: "uid", visibility: .hidden))
    var firstUserId: UInt32 = 720_000

    @Option(
        help: ArgumentHelp(
            "Below this much free disk space, as in 20GB or 10%, pushes are refused, and reports below a fifth of it.",
            valueName: "size or percent"),
        transform: { try DiskReserve(parsing: $0) })
    var diskReserve = DiskReserve.bytes(5_000_000_000)

    @Option(
        help: ArgumentHelp(
            "For those who work on the page: read its files from here with each request.", valueName: "directory", visibility: .hidden),
        completion: .directory)
    var web: String?

    @Option(help: ArgumentHelp("A session that answers questions ends when none came for so long.", valueName: "seconds"))
    var inferIdleSeconds: Double = 900

    var dataLocation: DataLocation { DataLocation(option: data) }

    /// Who starts it, made into a name that NSML takes.
    var administratorName: String {
        if let administrator { return administrator }
        let name = NSUserName().map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
        return NameGrammar.accepts(String(name)) ? String(name) : "admin"
    }

    /// The certificate that the server is known by; nil: it does not speak TLS.
    func certificate(logger: Logger) throws -> ServerCertificate? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            return try ServerCertificate(certificatePath: certificate, keyPath: key, logger: logger)
        default:
            throw Failure(
                .invalidValue, "TLS needs both the certificate and its key",
                hint: "say --tls-certificate FILE and --tls-key FILE")
        }
    }

    /// The sandbox to use and what it cannot do here.
    func sandboxChoice(userId: UInt32?) async throws -> (SessionPlan.Sandbox, [String]) {
        let (found, notes) = await Sandbox.detect(userId: userId)
        switch sandbox {
        case "auto": return (found, notes)
        case "none": return (.none, ["sessions are not walled off from each other and from this machine: --sandbox none"])
        case "bubblewrap":
            guard found == .bubblewrap else {
                throw Failure(
                    .localError, "bubblewrap does not work here: \(notes.joined(separator: "; "))",
                    hint: "install it with 'apt-get install bubblewrap'")
            }
            return (found, notes)
        default: throw Failure.invalidValue("sandbox", sandbox, expected: "auto, bubblewrap or none")
        }
    }
}

/// How much of the disk is kept free, for reading, stopping and removing to work.
enum DiskReserve: Sendable, Equatable, CustomStringConvertible {
    case bytes(Int64)
    /// Of the file system that the platform lies on.
    case percent(Double)

    /// `20GB`, `0`, `10%`.
    init(parsing text: String) throws {
        guard text.hasSuffix("%") else {
            self = .bytes(text == "0" ? 0 : try ByteSize.parse(text, for: "disk-reserve"))
            return
        }
        guard let percent = Double(text.dropLast()), (0...90).contains(percent) else {
            throw Failure.invalidValue("disk-reserve", text, expected: "a size, as in 20GB, or a percentage up to 90%")
        }
        self = .percent(percent)
    }

    var description: String {
        switch self {
        case .bytes(let bytes): ByteSize.format(bytes)
        case .percent(let percent): "\(percent)%"
        }
    }

    func bytes(at path: String) throws -> Int64 {
        switch self {
        case .bytes(let bytes): return bytes
        case .percent(let percent):
            var status = statvfs()
            guard statvfs(path, &status) == 0 else {
                throw Failure(.localError, "cannot tell the size of the disk of '\(path)': \(String(cString: strerror(errno)))")
            }
            return Int64(Double(status.f_blocks) * Double(status.f_frsize) * percent / 100)
        }
    }
}
