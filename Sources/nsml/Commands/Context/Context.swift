import ArgumentParser

struct ContextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Choose among the servers that you are logged in to.",
        subcommands: [ListContextsCommand.self, UseContextCommand.self, RemoveContextCommand.self],
        aliases: ["contexts"])
}
