import API
import ArgumentParser
import Foundation
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

    @Flag(help: "Listen beyond this machine without TLS. Tokens and data can then be read on the network.")
    var insecure = false

    @Option(help: ArgumentHelp("The name of the administrator that the first start makes. [default: who starts it]", valueName: "user"))
    var administrator: String?

    @Option(
        help: ArgumentHelp("When started by root: sessions run under user ids from this one on.", valueName: "uid", visibility: .hidden))
    var firstUserId: UInt32 = 720_000

    @Option(
        help: ArgumentHelp(
            "Below this much free disk space pushes are refused, and reports below a fifth of it.", valueName: "size"),
        transform: { $0 == "0" ? 0 : try ByteSize.parse($0, for: "disk-reserve") })
    var diskReserve: Int64 = 5_000_000_000

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
