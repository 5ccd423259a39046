import API
import ArgumentParser

/// Scripts of the first NSML ask for their credit; here nothing is counted.
struct CreditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credit",
        abstract: "There are no credits here: sessions wait their turn instead.",
        shouldDisplay: false)

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let sentence = "there are no credits here: sessions wait their turn; 'nsml queue' shows who waits, 'nsml gpustat' what is free"
        if options.json { try options.output.record(["credit": "unlimited", "note": sentence]) } else { try options.output.line(sentence) }
    }
}
