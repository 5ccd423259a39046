import API
import ArgumentParser
import Client

struct AddUserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make an account, and a token to log in with.",
        discussion: """
            EXAMPLES:
              nsml user add alice
              nsml user add bob --admin
              nsml user add ci --no-token

            The token is printed this once; pass it on in private, and 'nsml login' takes it. For administrators.
            """)

    @Argument(help: "The account's name.")
    var name: String

    @Flag(help: "Make it an administrator.")
    var admin = false

    @Flag(inversion: .prefixedNo, help: "Make a token too.")
    var token = true

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try UserName(parsing: name)
        try await options.withClient { client in
            let user = try await client.addUser(NewUser(name: name, role: admin ? .admin : .user))
            guard token else {
                return options.json ? try options.output.record(user) : try options.output.line("made \(user.name)")
            }
            let issued = try await client.addToken(for: name, NewToken(label: "first"))
            guard !options.json else { return try options.output.record(issued) }
            try options.output.line(issued.secret)
            Output.note("made \(name); this token is shown only now. \(name) logs in with: nsml login \(try options.connection().url)")
        }
    }
}
