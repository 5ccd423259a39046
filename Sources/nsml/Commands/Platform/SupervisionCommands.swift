import ArgumentParser
import Foundation
import Supervision

/// `nsml supervise`: keeps one session's process alive; started by the server, not by people.
struct SuperviseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Supervise the session in a directory.", shouldDisplay: false)

    @Argument var directory: String

    func run() async throws {
        throw ExitCode(try await Supervisor.run(directory: directory))
    }
}

/// `nsml shim`: owns one session's process and writes down how it ended; started by the supervisor, not by people.
struct ShimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "shim", abstract: "Own the process of a session.", shouldDisplay: false)

    @Argument var directory: String

    func run() throws {
        throw ExitCode(Shim.run(directory: directory))
    }
}
