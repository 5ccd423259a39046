import API
import ArgumentParser
import Foundation
import Glibc
import Logging
import Platform

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a platform of a backup.",
        discussion: """
            EXAMPLES:
              nsml restore /mnt/backup/nsml --data /srv/nsml
              nsml restore /mnt/backup/nsml --at 2026-01-31      # the last one of that day
              nsml check --data /srv/nsml --read-data            # is all of it whole?
              nsml up --data /srv/nsml

            Into a directory that is empty or not there yet. Sessions that ran when the backup was made have failed, and say so; \
            'nsml resume' has those go on that saved something to go on from. Users, tokens and all that is stored are as they were.
            """)

    @Argument(help: "The directory that was given to 'nsml backup'.", completion: .directory)
    var directory: String

    @Option(
        help: ArgumentHelp("Where the platform is to lie. (default: ~/.local/share/nsml)", valueName: "directory"), completion: .directory)
    var data: String?

    @Option(help: ArgumentHelp("The newest backup whose name begins so. (default: the newest)", valueName: "time"))
    var at: String?

    @Flag(help: "Copy files also where links would do.")
    var copy = false

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let location = DataLocation(option: data)
        let bar = ProgressLine("restoring", terminal: options.output.terminal)
        defer { bar.finish() }
        umask(0o077)
        let restore = PlatformRestore(
            backups: URL(filePath: directory), data: URL(filePath: location.path), copies: copy,
            logger: Logger(label: "nsml.restore") { _ in SwiftLogNoOpLogHandler() })
        let (record, ended) = try await restore.run(name: at) { bar.update(doneBytes: $0, totalBytes: $1) }
        bar.finish()
        guard !options.json else { return try options.output.record(record) }
        try options.output.line("restored the backup \(record.name) into '\(location.path)'")
        if ended > 0 {
            try options.output.line("\(ended) session\(ended == 1 ? "" : "s") that ran then \(ended == 1 ? "has" : "have") failed")
        }
        options.output.next(
            ("nsml check --data \(location.path) --read-data", "is all of it whole?"), ("nsml up --data \(location.path)", "start it"))
    }
}
