import API
import ArgumentParser
import Foundation
import Glibc

/// The options of commands that remove more than one thing at a time, or what cannot be had again.
struct ConfirmationOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Do not ask. Nothing is asked in scripts: only on a terminal.")
    var yes = false

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    /// Asks whether to go on, if a person is there to answer. Throws `interrupted` when the answer is no.
    ///
    /// A script has nobody to ask: it has always removed what it said, and still does.
    func confirm(_ question: String) throws {
        guard !yes, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return }
        try Output.write(Array("\(Escaping.line(question)) [y/N] ".utf8), to: STDERR_FILENO)
        let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw Failure(.interrupted, "nothing was removed") }
    }
}
