import API
import ArgumentParser
import Client

struct UserQuotaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota",
        abstract: "Show or set how much of the platform a user may have.",
        discussion: """
            EXAMPLES:
              nsml user quota                                  # yours
              nsml user quota alice --storage 500GB --gpus 4
              nsml user quota alice --sessions 10 --storage none

            Storage is what datasets and checkpoints take. A push or a run over it is refused; a session over the number of sessions or \
            GPUs at a time waits in the queue. What is over a new limit stays and runs on. For administrators, but for one's own figures.
            """)

    @Argument(help: "The account. (default: you)")
    var user: String?

    @Option(help: ArgumentHelp("Bytes of datasets and checkpoints, or 'none'.", valueName: "size"))
    var storage: String?

    @Option(help: ArgumentHelp("Sessions that run at a time, or 'none'.", valueName: "n"))
    var sessions: String?

    @Option(help: ArgumentHelp("GPUs that they have together, or 'none'.", valueName: "n"))
    var gpus: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let change = try change
        let record = try await options.withClient { client in
            let name = try await TokenOwner.resolve(user, client: client)
            guard let change else { return try await client.user(name) }
            return try await client.changeUser(name, change)
        }
        guard !options.json else { return try options.output.record(record) }
        guard record.usage != nil else { throw Failure.forbidden("see the quota of \(record.name)") }
        for line in QuotaText.lines(record) { try options.output.line(line) }
    }

    /// nil: only to be shown.
    private var change: QuotaChange? {
        get throws {
            guard storage != nil || sessions != nil || gpus != nil else { return nil }
            var change = QuotaChange()
            var unlimited: [QuotaChange.Kind] = []
            if storage == "none" { unlimited.append(.storage) } else { change.storageBytes = try storage.map(Self.bytes) }
            if sessions == "none" { unlimited.append(.sessions) } else { change.sessions = try number(sessions, "sessions") }
            if gpus == "none" { unlimited.append(.gpus) } else { change.gpus = try number(gpus, "gpus") }
            change.unlimited = unlimited.isEmpty ? nil : unlimited
            return change
        }
    }

    private static func bytes(_ text: String) throws -> Int64 { text == "0" ? 0 : try ByteSize.parse(text, for: "storage") }

    private func number(_ text: String?, _ what: String) throws -> Int? {
        try text.map { text in
            guard let number = Int(text), number >= 0 else {
                throw Failure.invalidValue(what, text, expected: "a number from 0 on, or 'none'")
            }
            return number
        }
    }
}

/// What a user has and may have, for people.
enum QuotaText {
    static func storage(_ record: UserRecord) -> String {
        of(record.usage.map { ByteSize.format($0.storedBytes) }, record.quota?.storageBytes.map(ByteSize.format))
    }

    static func sessions(_ record: UserRecord) -> String {
        of(record.usage.map { "\($0.sessions)" }, record.quota?.sessions.map(String.init))
    }

    static func gpus(_ record: UserRecord) -> String { of(record.usage.map { "\($0.gpus)" }, record.quota?.gpus.map(String.init)) }

    static func lines(_ record: UserRecord) -> [String] {
        let parts = record.usage.map {
            "datasets \(ByteSize.format($0.datasetBytes)), checkpoints \(ByteSize.format($0.checkpointBytes))"
        }
        return [
            "\(record.name)",
            "  storage   \(storage(record))\(parts.map { "   (\($0))" } ?? "")",
            "  sessions  \(sessions(record)) at a time",
            "  GPUs      \(gpus(record)) at a time",
        ]
    }

    private static func of(_ used: String?, _ allowed: String?) -> String {
        guard let used else { return "" }
        return allowed.map { "\(used) of \($0)" } ?? used
    }
}
