import Foundation
import Supervision

/// The two programs of a session for tests, with a directory in the place of a server:
///
///     SupervisionTestProgram shim DIRECTORY
///     SupervisionTestProgram supervise DIRECTORY       the ledger is DIRECTORY/../../ledger
@main
struct Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        switch (arguments.dropFirst().first, arguments.count) {
        case ("shim", 3): exit(Shim.run(directory: arguments[2]))
        case ("supervise", 3):
            let root = URL(filePath: arguments[2]).deletingLastPathComponent().deletingLastPathComponent()
            let connection = try LedgerConnection(directory: root.appending(path: "ledger"))
            exit(try await Supervisor.run(directory: arguments[2], connection: connection))
        default: exit(2)
        }
    }
}
