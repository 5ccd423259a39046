import API
import ArgumentParser
import Client
import Foundation

struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Log in to a server with a token.",
        discussion: """
            EXAMPLES:
              nsml login http://gpu1:7777        # asks for the token
              nsml login https://nsml.example --token-file token
              nsml login https://gpu1:7777 --fingerprint SHA256:1F:...  # self-signed
              pass show nsml | nsml login https://nsml.example

            An administrator makes tokens with 'nsml user add NAME' and 'nsml user token add NAME'. The token is tried before it is \
            kept, in a file that only you can read. A certificate that this system does not trust is shown and asked about, once; from \
            then on only that very certificate is taken.
            """)

    @Argument(help: "The server. (default: the current context's, else http://127.0.0.1:7777)")
    var url: String?

    @Option(help: ArgumentHelp("Read the token from a file; - is standard input.", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(help: ArgumentHelp("Keep it under this name.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp("Trust servers whose certificate was signed by one of these, in PEM.", valueName: "file"), completion: .file())
    var ca: String?

    @Option(help: ArgumentHelp("Take this certificate, and no other, without asking.", valueName: "sha256"))
    var fingerprint: String?

    @Flag(name: [.short, .long], help: "Take the certificate that the server shows now, without asking.")
    var yes = false

    @Option(name: [.customShort("t"), .long], help: .hidden)
    var team: String?

    @Option(help: .hidden)
    var username: String?

    @Option(help: .hidden)
    var password: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        guard password == nil, username == nil else {
            throw Failure(
                .invalidRequest, "this platform has tokens instead of passwords",
                hint: "'nsml login URL' asks for the token; an administrator makes one with 'nsml user token add NAME'")
        }
        let file = ConfigurationFile()
        let configuration = try file.load()
        let environment = ProcessInfo.processInfo.environment
        let server =
            try url.map(Connection.normalize)
            ?? Connection.resolve(
                context: nil, configuration: configuration, environment: environment.filter { $0.key != "NSML_TOKEN_FILE" }
            ).url
        if options.output.terminal.errorIsTerminal { Output.note("connecting to \(server)") }
        let trust = try await Trusting(server: server, ca: ca, fingerprint: fingerprint, takesAny: yes).establish(
            known: configuration.contexts.values.first { $0.url == server && $0.trust != nil }?.trust)
        let token = try tokenFile.map(TokenSource.read) ?? TokenSource.ask(prompt: "Token: ")
        let identity = try await APIClient(url: server, token: token, trust: trust).closing { try await $0.whoami() }
        let context = name ?? configuration.name(for: server)
        try file.update { configuration in
            configuration.contexts[context] = .init(url: server, token: token, user: identity.user, trust: trust)
            configuration.current = context
        }
        if let team, team != identity.user.rawValue {
            Output.note("this token is \(identity.user)'s; a team logs in with a token of its own")
        }
        guard !options.json else { return try options.output.record(identity) }
        try options.output.line("Welcome to NSML, \(identity.user)!")
        options.output.next(("nsml dataset ls", "what there is to work on"), ("nsml run main.py", "run an experiment"))
    }
}
