import API
import ArgumentParser
import Foundation
import Glibc
import Platform

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the whole platform, also while it runs.",
        discussion: """
            EXAMPLES:
              nsml backup /mnt/backup/nsml              # each next one carries what is new
              nsml backup /mnt/backup/nsml --keep 14    # and forgets all but 14
              nsml backup /mnt/backup/nsml --list

            On the server's machine, by whoever may read its directory. Each backup shows one moment. Files that lie on the same disk are \
            linked instead of copied. 'nsml restore' makes a platform of it.
            """)

    @Argument(help: "Where backups lie: a directory for them alone.", completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("The platform's directory. (default: ~/.local/share/nsml)", valueName: "directory"), completion: .directory)
    var data: String?

    @Option(help: ArgumentHelp("Keep so many of the newest backups and remove the others.", valueName: "count"))
    var keep: Int?

    @Flag(help: "Copy files also where links would do.")
    var copy = false

    @Flag(help: "Show the backups that there are, and make none.")
    var list = false

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let target = URL(filePath: directory)
        if list { return try show(PlatformBackup.list(in: target)) }
        if let keep, keep < 1 { throw Failure.invalidValue("keep", "\(keep)", expected: "1 or more") }
        // What is copied is for the platform's own eyes, wherever the copies lie.
        umask(0o077)
        let bar = ProgressLine("copying", terminal: options.output.terminal)
        defer { bar.finish() }
        let backup = PlatformBackup(data: URL(filePath: DataLocation(option: data).path), target: target, copies: copy)
        let record = try backup.run(keep: keep) { bar.update(doneBytes: $0, totalBytes: $1) }
        bar.finish()
        if options.json {
            try options.output.record(record)
        } else {
            try options.output.line(
                "backup \(record.name): \(record.sessions) session\(record.sessions == 1 ? "" : "s"), "
                    + "\(record.contentCount) files with \(ByteSize.format(record.contentBytes)), "
                    + "of which \(record.newContentCount) with \(ByteSize.format(record.newContentBytes)) are new")
        }
        guard record.missingContent.isEmpty else {
            throw Failure(
                .corruptContent,
                "\(record.missingContent.count) files are damaged or missing in the platform itself; all else is in the backup",
                hint: "'nsml check' names what needs them")
        }
    }

    private func show(_ records: [BackupRecord]) throws {
        guard !options.json else { return try options.output.record(records) }
        guard !records.isEmpty else { return Output.note("there is no backup in '\(directory)'") }
        for record in records {
            let sessions = "\(record.sessions) session\(record.sessions == 1 ? "" : "s")"
            try options.output.line(
                "\(record.name)  \(sessions), \(record.contentCount) files, \(ByteSize.format(record.contentBytes))")
        }
    }
}
