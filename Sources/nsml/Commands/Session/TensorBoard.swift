import API
import ArgumentParser
import Client
import Foundation

struct TensorBoardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensorboard",
        abstract: "Open TensorBoard on what sessions reported.",
        discussion: """
            EXAMPLES:
              nsml tensorboard alice/mnist/1
              nsml tensorboard alice/mnist/1 alice/mnist/2
              nsml tensorboard alice/mnist/1 --no-open      # only print the link

            It shows the numbers that were given to 'nsml.report', and the event files that the code itself has written below its \
            directory, live. It runs in a session of its own, in an environment that is built the first time, and ends when nobody \
            has looked for ten minutes. The link signs in one browser, once, within five minutes.
            """)

    @Argument(help: "Sessions, as in alice/mnist/1.", completion: .names(of: .sessions))
    var sessions: [String]

    @Flag(name: .customLong("no-open"), help: "Print the link, and open no browser.")
    var noOpen = false

    @OptionGroup var options: ServerOptions

    private struct Link: Encodable {
        var url: String
        var expiresAt: Date
        var session: SessionName
    }

    func run() async throws {
        let names = try sessions.map { try SessionArgument.session($0) }
        let (board, code) = try await options.withClient { client in
            let board = try await client.openTensorBoard(of: names)
            if !board.isReady {
                Output.note("session \(board.session) prepares TensorBoard; the first time takes a minute")
                let ready = try await SessionWatch(client: client).session(board.session) { $0.state == .paused || $0.state.isFinal }
                guard ready.state == .paused else {
                    throw Failure(
                        .sessionFailed, "TensorBoard did not start: \(ready.reason ?? ready.state.rawValue)",
                        hint: "'nsml logs \(board.session)' shows more")
                }
            }
            return (board, try await client.signInCode())
        }
        let target = names.map(\.description).joined(separator: ",")
        let url = "\(try options.connection().url)/#/sign-in/\(code.code)?to=/tensorboard/\(target)"
        if options.json { return try options.output.record(Link(url: url, expiresAt: code.expiresAt, session: board.session)) }
        try options.output.line(url)
        guard !noOpen, options.output.terminal.isTerminal else { return }
        if !Browser.open(url) { Output.note("open it in a browser on this machine; it is good once, for five minutes") }
    }
}
