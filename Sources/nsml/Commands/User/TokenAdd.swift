import API
import ArgumentParser
import Client

struct AddTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a token.",
        discussion: """
            EXAMPLES:
              nsml user token add --label laptop
              nsml user token add alice --valid 30d        # for administrators
              nsml user token add --label board --scope read

            It is printed this once; the server keeps only its hash.
            """)

    @Argument(help: "The account. (default: you)")
    var user: String?

    @Option(help: ArgumentHelp("What it is for, to tell it from others.", valueName: "text"))
    var label = ""

    @Option(help: ArgumentHelp("How long it works, as in 30d or 12h. (default: until removed)", valueName: "time"))
    var valid: String?

    @Option(
        help: ArgumentHelp("What it is good for: read, run, serve, admin, joined by commas. (default: everything)", valueName: "scopes"))
    var scope: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let scopes = try scope?.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let scope = TokenScope(rawValue: String(word)) else {
                throw Failure.invalidValue("scope", String(word), expected: TokenScope.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return scope
        }
        let seconds = try valid.map { Int64(try TimeSpan.parse($0, for: "time")) }
        let issued = try await options.withClient { client in
            try await client.addToken(
                for: TokenOwner.resolve(user, client: client), NewToken(label: label, validSeconds: seconds, scopes: scopes))
        }
        guard !options.json else { return try options.output.record(issued) }
        try options.output.line(issued.secret)
        Output.note("this token of \(issued.user) is shown only now")
    }
}
