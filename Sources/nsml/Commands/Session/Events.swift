import API
import ArgumentParser
import Client

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happened to a session, when, by whom and why.",
        discussion: """
            EXAMPLES:
              nsml events alice/mnist/1
              nsml events alice/mnist/1 --json
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @OptionGroup(title: "Output") var table: TableOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let events = try await options.withClient { client in
            try await collect { try await client.events(of: name, after: $0) }
        }
        guard !options.json else { return try options.output.record(events) }
        var rows = Table([.init("Time"), .init("Event"), .init("Actor"), .init("Detail", wraps: true)])
        for event in events {
            rows.add([.init(Wire.format(event.time)), .init(event.event), .init(event.actor), .init(event.detail)])
        }
        try table.show(rows, on: options.output)
    }
}
