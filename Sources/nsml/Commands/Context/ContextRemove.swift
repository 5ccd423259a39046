import API
import ArgumentParser

struct RemoveContextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Forget a server and the token for it.",
        discussion: """
            EXAMPLES:
              nsml context rm lab

            The token itself stays valid; 'nsml user token rm' revokes it.
            """)

    @Argument(help: "The context's name.", completion: .names(of: .contexts))
    var name: String

    @OptionGroup var options: OutputOptions

    func run() async throws {
        var isChosen = true
        try ConfigurationFile().update { configuration in
            _ = try configuration.context(named: name)
            configuration.contexts[name] = nil
            if configuration.current == name { configuration.current = nil }
            isChosen = configuration.current != nil || configuration.contexts.isEmpty
        }
        guard !options.json else { return try options.output.record(["removed": name]) }
        try options.output.line("removed \(name)")
        if !isChosen { options.output.next(("nsml context use NAME", "choose another")) }
    }
}
