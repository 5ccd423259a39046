import ArgumentParser

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Manage the accounts of the platform and their tokens.",
        subcommands: [AddUserCommand.self, ListUsersCommand.self, RemoveUserCommand.self, UserQuotaCommand.self, TokenCommand.self],
        aliases: ["users"])
}
