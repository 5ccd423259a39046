import API
import ArgumentParser
import Client

struct CommandCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "command",
        abstract: "Print the line that runs a session again, with all defaults spelled out.",
        discussion: """
            EXAMPLES:
              nsml command alice/mnist/1
              cd code && eval "$(nsml command alice/mnist/1)"
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let line = Self.line(for: try await options.withClient { try await $0.session(name) })
        if options.json { try options.output.record(["command": line]) } else { try options.output.line(Escaping.line(line)) }
    }

    /// The line that makes such a session again: for a fork one that takes the code and the weights from where it took them.
    static func line(for session: SessionRecord) -> String {
        guard let origin = session.origin else { return run(session) }
        switch session.type {
        case .normal, .fork: return fork(session, origin)
        case .reproduction: return "nsml reproduce \(origin)"
        case .infer: return "nsml infer \(ShellWords.quote(session.parent?.description ?? origin.description))"
        case .submit: return (["nsml", "submit"] + pair(session, origin)).joined(separator: " ")
        case .submitTest: return (["nsml", "submit", "-t"] + pair(session, origin)).joined(separator: " ")
        }
    }

    private static func pair(_ session: SessionRecord, _ origin: SessionName) -> [String] {
        [origin.description] + (session.parent.map { [ShellWords.quote($0.checkpoint.rawValue)] } ?? [])
    }

    private static func fork(_ session: SessionRecord, _ origin: SessionName) -> String {
        var words = ["nsml", "fork"] + pair(session, origin)
        if session.parent == nil { words.append("--no-checkpoint") }
        words += common(session)
        // Empty ones too: without any the fork would keep the original's.
        return (words + ["-a", ShellWords.doubleQuoted(ShellWords.join(session.arguments))]).joined(separator: " ")
    }

    private static func common(_ session: SessionRecord) -> [String] {
        var words: [String] = []
        if !session.memo.isEmpty { words += ["-m", ShellWords.doubleQuoted(session.memo)] }
        if let label = session.label { words += ["--name", ShellWords.quote(label)] }
        let resources = session.resources
        words += ["-g", "\(resources.gpus)", "--cpus", "\(resources.cpus)", "--memory", ByteSize.exact(resources.memoryBytes)]
        words += ["--shm-size", ByteSize.exact(resources.sharedMemoryBytes)]
        if session.priority != 0 { words += ["--priority", "\(session.priority)"] }
        if let keep = session.keep { words += ["--keep", ShellWords.quote(keep.description)] }
        if session.isPrivate { words.append("--private") }
        if session.network { words.append("--network") }
        return words
    }

    /// `nsml run -e main.py -d mnist -m "..." -g 1 --cpus 8 --memory 24G --shm-size 1G -a "..."`.
    private static func run(_ session: SessionRecord) -> String {
        var words = ["nsml", "run", "-e", ShellWords.quote(session.entry)]
        for dataset in session.datasets { words += ["-d", dataset.description] }
        words += common(session)
        if !session.arguments.isEmpty { words += ["-a", ShellWords.doubleQuoted(ShellWords.join(session.arguments))] }
        return words.joined(separator: " ")
    }
}
