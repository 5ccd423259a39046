import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "What commands go by: server, account, colours.",
        subcommands: [ShowConfigCommand.self])
}
