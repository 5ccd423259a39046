import API
import ArgumentParser
import Client
import Foundation

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show who did what on the platform, from where, and what came of it.",
        discussion: """
            EXAMPLES:
              nsml audit
              nsml audit --actor alice --since 1d
              nsml audit --action 'user *' --failures
              nsml audit -n 0 --json > audit.json        # all of it

            For administrators. The newest entries come first. 'nsml check' verifies that none was changed or removed.
            """)

    @Option(help: ArgumentHelp("Only what this user did; * and ? stand for any text.", valueName: "pattern"))
    var actor: String?

    @Option(help: ArgumentHelp("Only such actions, as in 'session rm'.", valueName: "pattern"))
    var action: String?

    @Option(help: ArgumentHelp("Only what was about this, as in 'alice/mnist/*'.", valueName: "pattern"))
    var object: String?

    @Option(help: ArgumentHelp("Only what is newer: 10m, 2h, 1d, or a time as in 2026-01-31T12:00:00Z.", valueName: "time"))
    var since: String?

    @Flag(help: "Only what was refused or failed.")
    var failures = false

    @Option(name: .shortAndLong, help: ArgumentHelp("How many at most; 0 for all.", valueName: "count"))
    var number = 100

    @OptionGroup var options: ServerOptions

    func run() async throws {
        guard number >= 0 else { throw Failure.invalidValue("number", "\(number)", expected: "0 or more") }
        let limit = number == 0 ? Int.max : number
        var query = AuditQuery(limit: min(limit, 1000))
        (query.actor, query.action, query.object, query.onlyFailures) = (actor, action, object, failures)
        query.since = try since.map { try TimeSpan.moment($0, for: "since") }
        let wanted = query
        let entries = try await options.withClient { client in
            try await collect(limit: limit) { after in
                var page = wanted
                page.before = after.flatMap { Int64($0) }
                return try await client.audit(page)
            }
        }
        guard !options.json else { return try options.output.record(entries) }
        var table = Table([
            .init("Number", .right), .init("Time"), .init("Actor"), .init("Action"), .init("Object", givesWay: true), .init("Result"),
            .init("From"),
        ])
        for entry in entries {
            table.add([
                .init("\(entry.number)"), .init(Wire.format(entry.time)), .init(entry.actor), .init(entry.action), .init(entry.object),
                .init(entry.result), .init(entry.address),
            ])
        }
        try options.output.table(table)
    }
}
