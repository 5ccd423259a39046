import API
import ArgumentParser
import Client

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until sessions are over, and end with their exit status.",
        discussion: """
            EXAMPLES:
              nsml wait alice/mnist/1
              nsml wait alice/mnist/1 alice/mnist/2 --timeout 2h
              nsml run -d mnist -q | xargs nsml wait && echo trained

            The exit status is the session's; of several the first that is not 0; 8 when the time was over before.
            """)

    @Argument(help: "The sessions; * and ? are wildcards.", completion: .names(of: .sessions))
    var sessions: [String]

    @Option(help: ArgumentHelp("Wait no longer than this, as in 30, 10m, 2h.", valueName: "time"))
    var timeout: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let limit = try timeout.map { Duration.seconds(try TimeSpan.parse($0, for: "timeout")) }
        let status = try await options.withClient { client in
            let clock = ContinuousClock()
            let end = limit.map { clock.now + $0 }
            var status: Int32 = 0
            var ended: [SessionRecord] = []
            for name in try await SessionSelection.resolve(sessions, client: client) {
                let session = try await SessionWatch(client: client).session(name, within: end.map { clock.now.duration(to: $0) }) {
                    $0.state.isFinal
                }
                guard session.state.isFinal else {
                    throw Failure(.timeout, "\(name) is still \(session.state.rawValue)", hint: "'nsml logs -f \(name)' shows what it does")
                }
                if status == 0 { status = SessionWatch.exitStatus(of: session) }
                ended.append(session)
                if !options.json { try options.output.line(SessionWatch.ending(of: session)) }
            }
            if options.json { try options.output.record(ended) }
            return status
        }
        guard status == 0 else { throw ExitCode(status) }
    }
}
