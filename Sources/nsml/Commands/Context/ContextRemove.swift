import API
import ArgumentParser

struct RemoveContextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Forget a server and the token for it.",
        discussion: """
            EXAMPLES:
              nsml context rm lab

            The token itself stays valid; 'nsml logout' makes the server forget it too.
            """)

    @Argument(help: "The context's name.", completion: .names(of: .contexts))
    var name: String

    @OptionGroup var options: OutputOptions

    func run() async throws {
        try ConfigurationFile().update { configuration in
            _ = try configuration.context(named: name)
            configuration.contexts[name] = nil
            if configuration.current == name { configuration.current = nil }
        }
        if options.json { try options.output.record(["removed": name]) } else { try options.output.line("removed \(name)") }
    }
}
