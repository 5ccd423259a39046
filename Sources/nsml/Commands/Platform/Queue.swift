import API
import ArgumentParser
import Client

struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Show which sessions wait, in which order, and why.",
        discussion: """
            EXAMPLES:
              nsml queue
              nsml queue --json
            """)

    @OptionGroup(title: "Output") var list: ListOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let queue = try await options.withClient { try await $0.queue() }
        guard !options.json else { return try options.output.record(queue) }
        var table = Table([
            .init("Rank", .right), .init("Name"), .init("Priority", .right), .init("GPUs", .right), .init("CPUs", .right),
            .init("Memory", .right), .init("Queued"), .init("Reason", wraps: true),
        ])
        for entry in queue {
            table.add([
                .init("\(entry.rank)"), .init(entry.session.description), .init("\(entry.priority)"), .init("\(entry.resources.gpus)"),
                .init("\(entry.resources.cpus)"), .bytes(entry.resources.memoryBytes),
                .ago(entry.queuedAt), .init(entry.reason),
            ])
        }
        try list.show(table, names: queue.map(\.session.description), ifEmpty: "no session waits", on: options.output)
    }
}
