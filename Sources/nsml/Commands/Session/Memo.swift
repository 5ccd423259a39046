import API
import ArgumentParser
import Client

struct MemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memo",
        abstract: "Note something about a session; 'nsml ps' shows it.",
        discussion: """
            EXAMPLES:
              nsml memo alice/mnist/1 "larger batches"
              nsml memo alice/mnist/1 ""               # no note
            """)

    @Argument(help: "The session, USER/DATASET/N.", completion: .names(of: .sessions))
    var session: String

    @Argument(help: "The text; it replaces the note before.")
    var text: String

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let name = try SessionArgument.session(session)
        let session = try await options.withClient { try await $0.changeSession(name, SessionChange(memo: text)) }
        if options.json { try options.output.record(session) } else { try options.output.line(Escaping.line("\(name): \(session.memo)")) }
    }
}
