import API
import ArgumentParser
import Client

struct ForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork",
        abstract: "Start a session from another: its code, data, environment, arguments and weights.",
        discussion: """
            EXAMPLES:
              nsml fork alice/mnist/1                         # from its newest checkpoint
              nsml fork alice/mnist/1/9 -a "--lr 0.02"
              nsml fork alice/mnist/1 -c 9 -g 2 -- --lr 0.02
              nsml fork alice/mnist/1 --no-checkpoint         # the same anew

            The code and the data are those that the session had, whatever has changed since. Arguments that are given take the place of \
            all that it had; without any it keeps its own. Resources are its own unless given. 'nsml inspect' shows the family.
            """)

    @Argument(
        help: ArgumentHelp("The session, USER/DATASET/N, or with a checkpoint, USER/DATASET/N/CHECKPOINT."),
        completion: .names(of: .checkpoints))
    var session: String

    @Argument(help: ArgumentHelp("The checkpoint, as a word of its own.", valueName: "checkpoint"))
    var second: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("Arguments for the code, behind --.", valueName: "args"))
    var rest: [String] = []

    @Option(
        name: [.customShort("a"), .customLong("args")], parsing: .unconditional,
        help: ArgumentHelp("Arguments for the code in one string, split as a shell does.", valueName: "string"))
    var arguments: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The checkpoint. (default: the one that was saved last)", valueName: "name"))
    var checkpoint: String?

    @Flag(help: "Begin anew, without a checkpoint.")
    var noCheckpoint = false

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("A note, which 'nsml ps' shows.", valueName: "text"))
    var memo: String?

    @Option(name: .customLong("name"), help: ArgumentHelp("A label of your own.", valueName: "label"))
    var label: String?

    @OptionGroup(title: "Resources") var resources: ForkResourceOptions

    @Option(help: ArgumentHelp("Which checkpoints stay; see 'nsml run --help'.", valueName: "rule"))
    var keep: String?

    @Flag(help: "Only you may see it; one of a private session always is.")
    var `private` = false

    @Flag(name: [.customShort("f"), .long], help: "Show what it prints until it is over, and end with its exit status.")
    var follow = false

    @Flag(help: "Wait until it is over, and end with its exit status.")
    var wait = false

    @Flag(name: [.short, .long], help: "Print the session's name only.")
    var quiet = false

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let (name, request) = try request()
        let aftermath = RunAftermath(options: options, follow: follow, wait: wait, quiet: quiet)
        let session = try await options.withClient { client in
            let original = try await client.session(name)
            let fork = try await client.fork(name, request)
            if !quiet { Self.remarks(on: fork, of: original, request).forEach(Output.note) }
            return try await aftermath.see(fork, client: client)
        }
        try SessionWatch.end(as: session)
    }

    private func request() throws -> (SessionName, ForkRequest) {
        let (name, chosen) = try SessionArgument.session([session] + (second.map { [$0] } ?? []), checkpoint: checkpoint)
        let given = try (arguments.map(ShellWords.split) ?? []) + rest
        var request = ForkRequest(
            checkpoint: chosen, withoutCheckpoint: noCheckpoint, arguments: arguments == nil && rest.isEmpty ? nil : given,
            priority: resources.priority, memo: memo, label: label, isPrivate: `private`, keep: try keep.map(Retention.init(parsing:)),
            network: resources.network ? true : nil)
        try resources.apply(to: &request)
        return (name, request)
    }

    /// What is said of a fork before its name: the line that is run, from what, and what it replaces.
    static func remarks(on fork: SessionRecord, of original: SessionRecord, _ request: ForkRequest) -> [String] {
        var remarks: [String] = []
        if let parent = fork.parent {
            remarks.append("from \(parent)")
        } else if request.withoutCheckpoint {
            remarks.append("from \(original.name), without a checkpoint")
        } else {
            remarks.append("from \(original.name), which has no checkpoint: it begins anew")
        }
        remarks.append("python \(ShellWords.join([fork.entry] + fork.argumentLine))")
        if fork.arguments != original.arguments {
            let before = original.arguments.isEmpty ? "there were none" : "before: \(ShellWords.join(original.arguments))"
            remarks[remarks.count - 1] += "    (\(before))"
        }
        return remarks.map { "  " + Escaping.line($0) }
    }
}

/// What a fork asks for in place of what the original had.
struct ForkResourceOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("GPUs. (default: as the original)", valueName: "count"))
    var gpus: Int?

    @Option(name: [.long, .customLong("cpu")], help: ArgumentHelp("Processor cores. (default: as the original)", valueName: "count"))
    var cpus: Int?

    @Option(help: ArgumentHelp("Memory. (default: as the original)", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Shared memory, for data loaders. (default: as the original)", valueName: "size"))
    var shmSize: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("-100 to 100; larger goes first.", valueName: "number"))
    var priority = 0

    @Flag(help: "Let the session reach the network, also if the original could not.")
    var network = false

    func apply(to request: inout ForkRequest) throws {
        request.gpus = gpus
        request.cpus = cpus
        request.memoryBytes = try memory.map { try ByteSize.parse($0, for: "memory") }
        request.sharedMemoryBytes = try shmSize.map { try ByteSize.parse($0, for: "shared memory") }
    }
}
