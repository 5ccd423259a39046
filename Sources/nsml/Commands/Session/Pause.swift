import API
import ArgumentParser
import Client

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause sessions at their next safe point, and free their devices where the code can go on later.",
        discussion: """
            EXAMPLES:
              nsml pause alice/mnist/1
              nsml pause 'alice/mnist/*' --no-wait
              nsml resume alice/mnist/1                 # goes on from the checkpoint

            A safe point is a call of report, save or paused. Code that has bound a save and a load function is saved, ends and gives its
            devices back. Other code that uses the library is held where it is and keeps them; which of the two happened is said.
            """)

    @Argument(help: "The sessions; quoted, * and ? are wildcards.", completion: .names(of: .sessions))
    var sessions: [String]

    @Option(help: ArgumentHelp("How long the safe point, saving and ending may take together.", valueName: "seconds"))
    var grace = "60"

    @Flag(help: "Do not wait until it has happened.")
    var noWait = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let seconds = try TimeSpan.parse(grace, for: "grace time")
        try await options.withClient { client in
            var paused: [SessionRecord] = []
            let names = try await SessionSelection.resolve(sessions, client: client)
            // What a pattern matches and is over already is nothing to complain about.
            let isPattern = sessions.contains(where: SessionArgument.isPattern)
            try await SessionSelection.forEach(names) { name in
                if isPattern, try await client.session(name).state.isFinal { return }
                let asked = try await client.pauseSession(name, PauseRequest(graceSeconds: seconds))
                let session = noWait ? asked : try await Self.outcome(of: asked, within: .seconds(seconds + 30), client: client)
                paused.append(session)
                if !options.json { try options.output.line(Self.sentence(session, hasWaited: !noWait)) }
            }
            if options.json { try options.output.record(paused) }
        }
    }

    /// The session once it is paused; throws when it cannot be, or ended by itself.
    private static func outcome(of asked: SessionRecord, within limit: Duration, client: APIClient) async throws -> SessionRecord {
        let session = try await SessionWatch(client: client).session(asked.name, within: limit) {
            $0.state.isFinal || !$0.isPausing
        }
        if session.state == .paused { return session }
        if session.isPausing {
            throw Failure(.timeout, "\(session.name) is still \(session.state.rawValue)", hint: "'nsml events \(session.name)' says why")
        }
        let why = session.reason.map { ": \($0)" } ?? ""
        throw Failure(
            .wrongState, "\(session.name) was not paused, it is \(session.state.rawValue)\(why)",
            hint: session.state.isFinal ? nil : "'nsml stop \(session.name)' ends it")
    }

    static func sentence(_ session: SessionRecord, hasWaited: Bool) -> String {
        guard session.state == .paused, !session.isPausing else {
            return hasWaited ? "\(session.name) is \(session.state.rawValue)" : "\(session.name) is pausing"
        }
        let reason = session.reason.map { ": \($0)" } ?? ""
        return Escaping.line(
            reason.hasPrefix(": paused") ? "\(session.name) is \(reason.dropFirst(2))" : "\(session.name) is paused\(reason)")
    }
}
