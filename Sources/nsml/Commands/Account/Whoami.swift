import API
import ArgumentParser
import Client

struct WhoamiCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Show as whom, and to which server, commands talk.",
        discussion: """
            EXAMPLES:
              nsml whoami
              nsml whoami --json
            """)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let identity = try await options.withClient { try await $0.whoami() }
        guard !options.json else { return try options.output.record(identity) }
        let connection = try options.connection()
        let protection = connection.protection.map { ", \($0)" } ?? ""
        try options.output.line(Escaping.line("\(identity.user) (\(identity.role.rawValue)) on \(connection.url)\(protection)"))
    }
}
