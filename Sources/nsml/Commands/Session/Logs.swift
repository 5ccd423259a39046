import API
import ArgumentParser
import Client
import Foundation

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what a session printed.",
        discussion: """
            EXAMPLES:
              nsml logs alice/mnist/1
              nsml logs -f --tail 20 alice/mnist/1
              nsml logs --since 10m -t alice/mnist/1
              nsml logs --grep 'val.*acc' alice/mnist/1
              nsml logs --raw alice/mnist/1 > log

            Ctrl-C ends the looking, never the session. Control characters are shown as pictures unless --raw is given.
            """,
        aliases: ["log"])

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Flag(name: [.short, .long], help: "Go on until the session is over.")
    var follow = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Begin with the last so many lines.", valueName: "lines"))
    var tail: Int?

    @Option(help: ArgumentHelp("Begin with what came in the last 10m, 2h, or since a time as in 2026-01-31T12:00:00Z.", valueName: "time"))
    var since: String?

    @Flag(name: [.customShort("t"), .long], help: "Put in front of each line when it arrived.")
    var timestamps = false

    @Option(help: ArgumentHelp("Only lines that match a regular expression.", valueName: "pattern"))
    var grep: String?

    @Flag(help: "Print the bytes as they are.")
    var raw = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let session = try SessionArgument.session(self.session)
        let form: OutputSink.Form = options.json ? .json : raw ? .raw : .text
        let sink = try OutputSink(output: options.output, form: form, pattern: grep, timestamps: timestamps)
        let start = try start()
        try await options.withClient { client in
            let interrupted = try await Interrupt.ends { [follow] in
                var follower = OutputFollower(client: client, session: session, sink: sink)
                try await follower.print(from: start, follow: follow)
            }
            guard interrupted else { return }
            guard follow else { throw Failure(.interrupted, "interrupted") }
            Output.note("\n\(session) goes on; 'nsml stop \(session)' stops it")
        }
    }
    private func start() throws -> OutputFollower.Start {
        if let tail {
            guard tail >= 0 else { throw Failure.invalidValue("number of lines", "\(tail)", expected: "a number from 0") }
            guard since == nil else { throw Failure(.invalidRequest, "--tail and --since exclude each other") }
            return .lastLines(tail)
        }
        guard let since else { return .beginning }
        return .since(try TimeSpan.moment(since, for: "time"))
    }
}
