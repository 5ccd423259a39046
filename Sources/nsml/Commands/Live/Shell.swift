import API
import ArgumentParser
import Client
import Foundation

struct ShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sh",
        abstract: "Open a shell beside a session's process.",
        discussion: """
            EXAMPLES:
              nsml sh alice/mnist/1
              nsml sh alice/mnist/1 'ls /app | wc -l'
              nsml sh alice/mnist/1 nvidia-smi -L
              nsml sh alice/mnist/1 -- cat out/a.png > a.png
              nsml sh alice/mnist/1 < look.sh

            It runs in the session's sandbox, with its environment and its rights, and counts against its memory. One word is a line for \
            the shell, several are a program and its arguments. It ends with the session; the session does not end with it. 'Enter ~ .' \
            leaves a shell that does not answer. Opening one is an event: 'nsml events' shows it.
            """)

    @OptionGroup var options: ServerOptions

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("What to run, with its arguments. (default: a shell)", valueName: "command"))
    var words: [String] = []

    func run() async throws {
        guard !options.json else {
            throw Failure(.invalidRequest, "--json means nothing here", hint: "what a shell prints is shown as it is")
        }
        let name = try SessionArgument.session(session)
        let command = words.first == "--" ? Array(words.dropFirst()) : words
        let status = try await options.withClient { client in
            try await RemoteShell(client: client, session: name).run(command, environment: ProcessInfo.processInfo.environment)
        }
        if status != 0 { throw ExitCode(status) }
    }
}
