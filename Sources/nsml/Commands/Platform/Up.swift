import API
import ArgumentParser
import Client
import Foundation

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start the platform on this machine, in the background.",
        discussion: """
            EXAMPLES:
              nsml up
              nsml up --data /srv/nsml --listen 127.0.0.1:8888
              nsml up --gpus 4                        # pretend to have four, to try things
              nsml up --listen 0.0.0.0:7777 --tls-certificate cert.pem --tls-key key.pem

            The first start makes you its administrator and logs you in. All further options go to 'nsml server', which is the \
            same in the foreground.
            """)

    /// Recovery of a large platform included.
    private static let patience = Duration.seconds(60)

    @Option(help: ArgumentHelp("Where it keeps everything. (default: ~/.local/share/nsml)", valueName: "directory"), completion: .directory)
    var data: String?

    @Option(help: ArgumentHelp("Where it listens. (default: 127.0.0.1:7777)", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("Declare so many GPUs instead of looking for them.", valueName: "count"))
    var gpus: Int?

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var further: [String] = []

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let directory = DataLocation(option: data)
        if let server = directory.runningServer() {
            try await adopt(directory, server)
            return try say("NSML is up already at \(server.url)", server)
        }
        let before = directory.lastServer()?.url
        let server = try await start(directory)
        if let before, before != server.url { try await moveContexts(from: before, to: server) }
        let context = try await adopt(directory, server)
        try say("NSML is up at \(server.url)", server)
        guard context else { return }
        Output.note(
            """
            You are its administrator; the token is in your configuration. Next:
              nsml dataset push NAME ./directory
              nsml run main.py
            """)
    }

    private func start(_ directory: DataLocation) async throws -> ServerProcess {
        do {
            try FileManager.default.createDirectory(
                atPath: directory.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(.localError, "cannot make the directory '\(directory.path)'", hint: "--data names another")
        }
        var arguments = ["server", "--data", directory.path]
        if let listen { arguments += ["--listen", listen] }
        if let gpus { arguments += ["--gpus", "\(gpus)"] }
        let pid = try Background.start(arguments: arguments + further, logPath: directory.logPath)
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        while clock.now < end {
            if let server = directory.runningServer(), await isHealthy(server) { return server }
            if let status = Background.exitStatus(pid) { throw failure(status, directory.lastLogLine()) }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure(.timeout, "the server, process \(pid), does not answer", hint: "'\(directory.logPath)' may say why")
    }

    /// What a server that ended at once had to say. It said it as all commands do: for what was asked wrongly that is enough.
    private func failure(_ status: Int32, _ lastLine: String?) -> Failure {
        let said = lastLine.map { String($0.trimmingPrefix("nsml: ")) }
        if status == 2, let said { return Failure(.invalidRequest, said) }
        return Failure(
            .localError, "the server did not start: \(said ?? "it said nothing")",
            hint: "'\(DataLocation(option: data).logPath)' says more")
    }

    private func isHealthy(_ server: ServerProcess) async -> Bool {
        // Not yet is the usual answer here.
        (try? await client(server, token: nil).closing { try await $0.health() }) != nil
    }

    private func client(_ server: ServerProcess, token: String?) throws -> APIClient {
        try APIClient(url: server.url, near: server.localURL, token: token)
    }

    /// The server listens elsewhere than before: contexts that the new address accepts follow it there.
    private func moveContexts(from before: String, to server: ServerProcess) async throws {
        let file = ConfigurationFile()
        for (name, context) in try file.load().contexts where context.url == before {
            // A token that is refused here belongs to another platform, which had the old address first.
            guard (try? await client(server, token: context.token).closing({ try await $0.whoami() })) != nil else { continue }
            try file.update { configuration in
                configuration.contexts[name]?.url = server.url
                configuration.contexts[name]?.localURL = server.localURL
            }
        }
    }

    /// Takes over the token that a first start leaves, and makes the server the current one unless another is. Returns whether
    /// there was such a token.
    @discardableResult
    private func adopt(_ directory: DataLocation, _ server: ServerProcess) async throws -> Bool {
        let file = ConfigurationFile()
        guard FileManager.default.fileExists(atPath: directory.firstTokenPath) else {
            let configuration = try file.load()
            if configuration.current == nil, let known = configuration.contexts.first(where: { $0.value.url == server.url }) {
                try file.update { $0.current = known.key }
            }
            return false
        }
        let token = try TokenSource.read(path: directory.firstTokenPath)
        let identity = try await client(server, token: token).closing { try await $0.whoami() }
        try file.update { configuration in
            let name = configuration.name(for: server.url)
            configuration.contexts[name] = .init(url: server.url, token: token, user: identity.user, localURL: server.localURL)
            configuration.current = name
        }
        // Only now that it is kept elsewhere.
        do {
            try FileManager.default.removeItem(atPath: directory.firstTokenPath)
        } catch {
            Output.note("cannot remove '\(directory.firstTokenPath)', which holds your token: remove it yourself")
        }
        return true
    }

    private func say(_ sentence: String, _ server: ServerProcess) throws {
        guard !options.json else { return try options.output.record(server) }
        try options.output.line(sentence)
        if let certificate = server.certificate {
            try options.output.line("its certificate is \(certificate); tell that to those who log in")
        }
    }
}
