import API
import ArgumentParser

struct UseContextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use",
        abstract: "Make one of the servers the one that commands talk to.",
        discussion: """
            EXAMPLES:
              nsml context use local
              nsml --context lab ps          # for one command only
            """)

    @Argument(help: "The context's name.", completion: .names(of: .contexts))
    var name: String

    @OptionGroup var options: OutputOptions

    func run() async throws {
        try ConfigurationFile().update { configuration in
            _ = try configuration.context(named: name)
            configuration.current = name
        }
        if options.json { try options.output.record(["current": name]) } else { try options.output.line("commands now talk to \(name)") }
    }
}
