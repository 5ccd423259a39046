import API
import ArgumentParser
import Client

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the platform is.",
        discussion: """
            EXAMPLES:
              nsml status
              nsml status --json | jq .node.devices
            """)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let status = try await options.withClient { try await $0.status() }
        guard !options.json else { return try options.output.record(status) }
        let node = status.node
        var lines = [
            "NSML \(status.version) at \(try options.connection().url), started \(TimeSpan.ago(status.startedAt))",
            "machine   \(node.name): \(node.cpus) CPUs, \(ByteSize.format(node.memoryBytes)) of memory, \(Self.devices(node))",
            "sessions  \(status.sessionsActive) active, \(status.sessionsQueued) queued",
            "disk      \(ByteSize.format(status.freeDiskBytes)) free",
        ]
        if let protection = try options.connection().protection { lines.insert("security  \(protection)", at: 1) }
        lines += status.notes.map { "note      \($0)" }
        try options.output.lines(lines.map(Escaping.line))
    }

    /// `2 GPUs (NVIDIA H200)`.
    private static func devices(_ node: Node) -> String {
        guard !node.devices.isEmpty else { return "no GPU" }
        let names = Set(node.devices.map(\.name)).sorted().joined(separator: ", ")
        return "\(node.devices.count) GPU\(node.devices.count == 1 ? "" : "s") (\(names))"
    }
}
