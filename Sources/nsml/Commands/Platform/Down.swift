import API
import ArgumentParser
import Glibc

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop the platform on this machine; sessions go on by themselves.",
        discussion: """
            EXAMPLES:
              nsml down
              nsml down --data /srv/nsml

            What sessions say meanwhile is kept on disk; 'nsml up' takes it in.
            """)

    /// Longer than the server gives its own connections to end.
    private static let patience = Duration.seconds(30)

    @Option(help: ArgumentHelp("The platform's directory. (default: ~/.local/share/nsml)", valueName: "directory"), completion: .directory)
    var data: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let directory = DataLocation(option: data)
        guard let server = directory.runningServer() else {
            if options.json { return try options.output.record(["stopped": false]) }
            return try options.output.line("no platform is up on '\(directory.path)'")
        }
        guard kill(server.pid, SIGTERM) == 0 else {
            throw Failure(
                .forbidden, "cannot stop process \(server.pid): \(String(cString: strerror(errno)))",
                hint: "was it started by another user?")
        }
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        while DataLocation.startTime(of: server.pid) == server.startTime {
            guard clock.now < end else {
                throw Failure(.timeout, "the server, process \(server.pid), has not ended", hint: "'\(directory.logPath)' may say why")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        if options.json { return try options.output.record(["stopped": true]) }
        try options.output.line("NSML is down; sessions go on, 'nsml up' finds them again")
    }
}
