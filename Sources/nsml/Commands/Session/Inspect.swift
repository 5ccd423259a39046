import API
import ArgumentParser
import Client
import Foundation

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known of a session.",
        discussion: """
            EXAMPLES:
              nsml inspect alice/mnist/1
              nsml inspect alice/mnist/1 --json | jq .resources
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @OptionGroup(title: "Output") var table: TableOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let (session, family) = try await options.withClient { client in
            async let family = client.family(of: name)
            return (try await client.session(name), try await family)
        }
        guard !options.json else { return try options.output.record(InspectedSession(session: session, family: family)) }
        try table.show(Self.table(session), on: options.output)
        guard !family.isEmpty else { return }
        try options.output.lines(["", "Family"] + FamilyTree(of: session, family).lines(color: options.output.terminal.usesColor))
    }

    /// First the fields of the first NSML, whose names were docker's, then ours.
    static func table(_ session: SessionRecord) -> Table {
        var table = Table([.init("Field"), .init("Value", wraps: true)])
        for (field, value) in dockerFields(session) + ourFields(session) { table.add([.init(field), .init(value)]) }
        return table
    }

    private static func dockerFields(_ session: SessionRecord) -> [(String, String)] {
        let outOfMemory = session.state == .failed && session.reason?.contains("out of memory") == true
        return [
            ("Status", SessionTable.status(session)),
            ("Running", "\(session.state == .running)"),
            ("Paused", "\(session.state == .paused)"),
            ("Restarting", "\(session.state == .queued && session.startedAt != nil)"),
            ("OOMKilled", "\(outOfMemory)"),
            ("Dead", "\(session.state == .failed)"),
            ("ExitCode", session.state.isFinal ? session.exitStatus.map(String.init) ?? "-" : "-"),
            ("Error", session.state == .failed ? session.reason ?? "-" : "-"),
            ("StartedAt", session.startedAt.map(Wire.format) ?? "-"),
            ("FinishedAt", session.finishedAt.map(Wire.format) ?? "-"),
        ]
    }

    private static func preemptible(_ session: SessionRecord) -> String {
        if session.isProtected { return "no: --no-preempt" }
        return session.canResume ? "yes" : "not yet: it has no checkpoint that its code can load"
    }

    private static func ourFields(_ session: SessionRecord) -> [(String, String)] {
        let resources = session.resources
        let devices =
            session.placement.map { $0.devices.isEmpty ? "" : " GPU \($0.devices.map(String.init).joined(separator: ", "))" } ?? ""
        var fields = [
            ("Name", session.name.description), ("Type", session.type.rawValue), ("CreatedAt", Wire.format(session.createdAt)),
            ("Entry", session.entry), ("Args", ShellWords.join(session.argumentLine)),
            ("Datasets", session.datasets.map(\.description).joined(separator: ", ")),
            ("GPUs", "\(resources.gpus)"), ("CPUs", "\(resources.cpus)"), ("Memory", ByteSize.format(resources.memoryBytes)),
            ("SharedMemory", ByteSize.format(resources.sharedMemoryBytes)),
            ("Node", session.placement.map { $0.node + devices } ?? "-"), ("Priority", "\(session.priority)"),
            ("Preemptible", preemptible(session)),
            ("Network", "\(session.network)"), ("Private", "\(session.isPrivate)"),
            ("Models", "\(session.checkpointCount) (\(ByteSize.format(session.checkpointBytes)))"),
            ("Keep", session.keep?.description ?? "all"), ("Output", ByteSize.format(session.outputBytes)),
            ("Summary", SessionTable.summary(session)), ("Step", session.step.map(String.init) ?? "-"),
            ("Environment", session.environment ?? "the machine's Python"), ("Workspace", session.workspace.hex),
            ("Description", session.memo),
        ]
        if let reason = session.reason, session.state != .failed { fields.append(("Reason", reason)) }
        if let label = session.label { fields.append(("Label", label)) }
        if let parent = session.parent?.description ?? session.origin?.description { fields.append(("Parent", parent)) }
        return fields
    }
}
