import API
import ArgumentParser
import Client

struct RemoveUserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove an account; its tokens stop working at once.",
        discussion: """
            EXAMPLES:
              nsml user rm bob
            """,
        aliases: ["remove"])

    @Argument(help: "The account's name.")
    var name: String

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try UserName(parsing: name)
        try await options.withClient { try await $0.removeUser(name) }
        if options.json { try options.output.record(["removed": name]) } else { try options.output.line("removed \(name)") }
    }
}
