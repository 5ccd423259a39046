import API
import ArgumentParser
import Client
import Foundation

/// The options of every command that talks to a server.
struct ServerOptions: ParsableArguments {
    @OptionGroup var outputOptions: OutputOptions

    @Option(
        help: ArgumentHelp(
            "Which server to talk to, of those in 'nsml context ls'. Environment: NSML_CONTEXT; or NSML_URL with NSML_TOKEN or "
                + "NSML_TOKEN_FILE.", valueName: "name"),
        completion: .names(of: .contexts))
    var context: String?

    var output: Output { outputOptions.output }
    var json: Bool { outputOptions.json }

    func connection() throws -> Connection {
        try Connection.resolve(
            context: context, configuration: ConfigurationFile().load(), environment: ProcessInfo.processInfo.environment)
    }

    /// Runs `body` with a client of that server.
    func withClient<Result>(_ body: (APIClient) async throws -> Result) async throws -> Result {
        let connection = try connection()
        guard connection.token != nil else { throw Failure.notLoggedIn("not logged in to \(connection.url)") }
        return try await connection.client().closing(body)
    }
}
