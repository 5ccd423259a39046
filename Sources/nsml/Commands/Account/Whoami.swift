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
        let (identity, record) = try await options.withClient { client in
            let identity = try await client.whoami()
            // A session's token, and a limited one, may not ask more.
            let isPlain = identity.session == nil && identity.scopes?.contains(.read) ?? true
            return (identity, isPlain ? try await client.user(identity.user) : nil)
        }
        guard !options.json else { return try options.output.record(identity) }
        let connection = try options.connection()
        let protection = connection.protection.map { ", \($0)" } ?? ""
        try options.output.line(Escaping.line("\(identity.user) (\(identity.role.rawValue)) on \(connection.url)\(protection)"))
        if let scopes = identity.scopes {
            try options.output.line("this token is limited to \(scopes.map(\.rawValue).joined(separator: ", "))")
        }
        guard let record, record.quota != nil else { return }
        for line in QuotaText.lines(record).dropFirst() { try options.output.line(line) }
    }
}
