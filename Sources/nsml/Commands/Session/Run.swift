import API
import ArgumentParser
import Client
import Content
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the code in this directory as a session.",
        discussion: """
            EXAMPLES:
              nsml run -d mnist main.py -- --lr 0.1
              nsml run -d mnist -e main.py -a "--lr 0.1 --epochs 20" -g 2 -m "larger steps"
              nsml run -d vox,musan train.py -f               # and show what it prints
              nsml run --wait && echo trained
              nsml run -d mnist --keep best:1,last:2 --memory 8G --priority 10

            The directory is uploaded as it is, without what .nsmlignore, .gitignore and the built-in list leave out; only what the \
            server lacks travels. The session waits its turn when the machine is busy. A file that is not Python's says so in its \
            first line, as in '#!/bin/bash'. 'nsml -C DIRECTORY run' works as if called there, as does any other command.
            """)

    @Argument(help: "The file to run. (default: main.py)", completion: .file())
    var file: String?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("Arguments for it, behind --.", valueName: "args"))
    var rest: [String] = []

    @OptionGroup(title: "Code") var code: CodeOptions
    @OptionGroup(title: "Resources") var resources: ResourceOptions

    @Flag(name: [.short, .long], help: "Show what it prints until it is over, and end with its exit status.")
    var follow = false

    @Flag(help: "Wait until it is over, and end with its exit status.")
    var wait = false

    @Flag(name: [.short, .long], help: "Show what it prints, and remove it when it is over, after 30 minutes at the latest.")
    var interactive = false

    @Option(help: ArgumentHelp("Which checkpoints stay: all, or best:N[:METRIC[:ORDER]] and last:N joined by a comma.", valueName: "rule"))
    var keep: String?

    @Flag(help: "Only you may see it.")
    var `private` = false

    @Flag(help: "Print what is never uploaded, and run nothing.")
    var showDefaultNsmlignore = false

    @Flag(help: "Print what a session may ask for, and run nothing.")
    var showLimits = false

    @Flag(name: [.short, .long], help: "Say what is uploaded, file by file.")
    var verbose = false

    @Flag(name: [.short, .long, .customLong("hide-client-log")], help: "Print the session's name only.")
    var quiet = false

    @Flag(help: .hidden)
    var noVerify = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        guard !showDefaultNsmlignore else { return try options.output.line(IgnoreRules.defaults) }
        guard !showLimits else { return try await printLimits() }
        let aftermath = RunAftermath(options: options, follow: follow, interactive: interactive, wait: wait, quiet: quiet)
        let session = try await options.withClient { client in
            try await aftermath.see(try await start(client: client), client: client)
        }
        try SessionWatch.end(as: session)
    }

    /// Checks what can be checked, uploads, and makes the session.
    private func start(client: APIClient) async throws -> SessionRecord {
        let directory = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        var request = try request(in: directory)
        let (asked, remarks) = try resources.resources(on: try await client.status().node)
        request.resources = asked
        if !quiet { remarks.forEach(Output.note) }
        // Before the upload: a name that is wrong need not cost minutes.
        for dataset in request.datasets {
            let newest = try await client.dataset(dataset.name).version.number
            guard dataset.version ?? newest <= newest else {
                throw Failure.noSuch("version", dataset, hint: "the newest is \(dataset.name)@\(newest)")
            }
        }
        let upload = TreeUpload(client: client, output: options.output, verbosity: quiet ? .silent : verbose ? .files : .summary)
        let interrupted = Failure(.interrupted, "run aborted: interrupted by user", hint: "no session was started")
        let workspace = Slot<Digest>()
        guard try await !Interrupt.ends({ workspace.value = try await upload.workspace(at: directory) }), let digest = workspace.value
        else {
            throw interrupted
        }
        request.workspace = digest
        // From here on a session may exist: Ctrl-C waits for the answer, and then takes the session away again.
        let (session, wasInterrupted) = try await Interrupt.waits { [request] in try await client.run(request) }
        guard !wasInterrupted else {
            try await client.removeSession(session.name, force: true)
            throw interrupted
        }
        return session
    }

    private func request(in directory: URL) throws -> NewSession {
        let entry = try Self.entry(option: code.entry, argument: file)
        var isDirectory: ObjCBool = false
        let path = directory.appending(path: entry).path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
            throw Failure.noSuch("file", entry, hint: "the entry is relative to this directory; -e names another")
        }
        let datasets = try code.datasets.flatMap { $0.split(separator: ",") }.map { try DatasetReference(parsing: $0) }
        return NewSession(
            workspace: nil, entry: entry, arguments: try (code.arguments.map(ShellWords.split) ?? []) + rest, datasets: datasets,
            resources: .standard, priority: resources.priority, memo: code.memo, label: code.label, isPrivate: `private`,
            keep: try keep.map(Retention.init(parsing:)), network: resources.network, outputDirectory: resources.nfsOutput,
            interactive: interactive, isProtected: resources.noPreempt)
    }

    /// `main.py` unless said, relative to the directory that is uploaded.
    static func entry(option: String?, argument: String?) throws -> String {
        if let option, let argument, option != argument {
            throw Failure(
                .invalidRequest, "two files to run were given: '\(option)' and '\(argument)'", hint: "arguments for the code go behind --")
        }
        var entry = option ?? argument ?? "main.py"
        while entry.hasPrefix("./") { entry = String(entry.dropFirst(2)) }
        guard (try? Manifest.checkPath(entry)) != nil else {
            throw Failure.invalidValue("entry", entry, expected: "a file in this directory")
        }
        return entry
    }

    private func printLimits() async throws {
        let node = try await options.withClient { try await $0.status().node }
        guard !options.json else { return try options.output.record(node) }
        try options.output.lines([
            "GPUs    \(node.devices.count)", "CPUs    \(node.cpus)", "memory  \(ByteSize.format(node.memoryBytes))",
            "What does not fit waits its turn; 'nsml whoami' shows your quota, if you have one.",
        ])
    }
}
