import API
import ArgumentParser
import Foundation

struct SaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Keep a directory as a checkpoint, from a shell script that runs in a session.",
        discussion: """
            EXAMPLES:
              nsml save ./model
              nsml save ./model --name best

            The directory is copied at once and stored while the script goes on; 'nsml model ls' shows it when it is there. A \
            checkpoint of the same name is replaced. Inside of sessions only; in Python it is nsml.save().
            """)

    @Argument(help: "The directory, or one file.", completion: .file())
    var path: String

    @Option(help: ArgumentHelp("The checkpoint's name. (default: the time)", valueName: "name"))
    var name: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let journal = try SessionJournal(environment: ProcessInfo.processInfo.environment)
        let now = Date()
        let checkpoint = try CheckpointName(parsing: name ?? Wire.format(now))
        let last = journal.lastReport()
        let line = CheckpointLine(
            time: now.timeIntervalSince1970, name: checkpoint,
            directory: try CheckpointDirectory.copy(path, into: journal.directory), step: last?.step, summary: last?.values ?? [:])
        try journal.append(line)
        if options.json { try options.output.record(line) } else { try options.output.line(checkpoint.rawValue) }
    }
}
