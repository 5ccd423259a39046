import ArgumentParser

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "The checkpoints of a session: its saved models.",
        subcommands: [ListModelsCommand.self, RemoveModelCommand.self, PullModelCommand.self],
        aliases: ["models"])
}
