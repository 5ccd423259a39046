import API
import ArgumentParser

struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Forget the token for a server.",
        discussion: """
            EXAMPLES:
              nsml logout
              nsml logout lab

            The token itself stays valid; 'nsml user token rm' revokes it.
            """)

    @Argument(help: "The context. (default: the current one)", completion: .names(of: .contexts))
    var context: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let file = ConfigurationFile()
        guard let name = try context ?? file.load().current else { throw Failure.notLoggedIn() }
        try file.update { configuration in
            var context = try configuration.context(named: name)
            context.token = nil
            context.user = nil
            configuration.contexts[name] = context
        }
        if options.json { try options.output.record(["loggedOut": name]) } else { try options.output.line("logged out of \(name)") }
    }
}
