import API
import ArgumentParser
import Client
import Content
import Foundation
import Logging
import Platform
import Store

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look whether everything that the platform keeps is whole.",
        discussion: """
            EXAMPLES:
              nsml check                          # databases, audit log, files
              nsml check --read-data-subset 5%    # and reads every twentieth file
              nsml check --read-data              # and reads all of them
              nsml check --data /srv/nsml         # of one that is down, or was restored

            For administrators. Whatever is found damaged is put aside and never given out; pushing the same files again restores \
            it. The exit status is 1 when something was found.
            """)

    @Flag(help: "Read every file and compare it with its hash.")
    var readData = false

    @Option(help: ArgumentHelp("Read this much of the files, chosen by chance.", valueName: "percent"))
    var readDataSubset: String?

    @Option(
        help: ArgumentHelp("Check the directory of a platform that is down, instead of a server.", valueName: "directory"),
        completion: .directory)
    var data: String?

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let request = CheckRequest(readPercent: try percent())
        let bar = ProgressLine("checking", terminal: options.output.terminal)
        let show: @Sendable (CheckRecord) -> Void = { record in
            guard record.totalBytes > 0 else { return }
            bar.update(doneBytes: min(record.doneBytes, record.totalBytes), totalBytes: record.totalBytes)
        }
        let record: CheckRecord
        do {
            record = if let data { try await offline(data, request, show) } else { try await online(request, show) }
            bar.finish()
        } catch {
            bar.finish()
            throw error
        }
        if options.json { try options.output.record(record) } else { try say(record) }
        switch record.state {
        case .cancelled: throw Failure(.interrupted, "the check was ended before it was through")
        case .failed: throw Failure(.internal, "the check broke off: \(record.reason ?? "no reason is known")")
        case .running, .finished: break
        }
        if record.findingCount > 0 { throw ExitCode(1) }
    }

    private func percent() throws -> Double {
        guard let text = readDataSubset else { return readData ? 100 : 0 }
        guard !readData else { throw Failure(.invalidRequest, "--read-data and --read-data-subset exclude each other") }
        guard let percent = Double(text.hasSuffix("%") ? text.dropLast() : text[...]), percent > 0, percent <= 100 else {
            throw Failure.invalidValue("read-data-subset", text, expected: "a percentage, as in 5%")
        }
        return percent
    }

    private func online(_ request: CheckRequest, _ show: @escaping @Sendable (CheckRecord) -> Void) async throws -> CheckRecord {
        try await options.withClient { client in
            let last = Slot<CheckRecord>()
            let isInterrupted = try await Interrupt.ends {
                var record = try await client.startCheck(request)
                while record.state == .running {
                    record = try await client.check(waitSeconds: 10)
                    show(record)
                }
                last.value = record
            }
            if !isInterrupted, let record = last.value { return record }
            return try await client.cancelCheck()
        }
    }

    private func offline(_ path: String, _ request: CheckRequest, _ show: @escaping @Sendable (CheckRecord) -> Void) async throws
        -> CheckRecord
    {
        let location = DataLocation(option: path)
        guard FileManager.default.fileExists(atPath: "\(location.path)/nsml.sqlite") else {
            throw Failure.noSuch("platform", location.path, hint: "--data names a directory that 'nsml up --data' has made")
        }
        // Opening it would change it.
        guard !FileManager.default.fileExists(atPath: "\(location.path)/\(BackupRecord.fileName)") else {
            throw Failure(
                .wrongState, "'\(location.path)' is a backup", hint: "restore it into a directory of its own and check that one")
        }
        guard location.runningServer() == nil else {
            throw Failure(.wrongState, "a server runs on '\(location.path)'", hint: "leave out --data to check it as it runs")
        }
        let directory = try DataDirectory(URL(filePath: location.path))
        let lock = try directory.lock()
        defer { close(lock) }
        let logger = Logger(label: "nsml.check") { _ in SwiftLogNoOpLogHandler() }
        let store: Store
        do {
            store = try Store(directory: directory.root, logger: logger)
        } catch let failure as Failure where failure.code == .corruptContent {
            // So damaged that it cannot be opened: that is the finding.
            var record = CheckRecord(startedAt: Date(), readPercent: request.readPercent)
            record.note(CheckFinding(.database, "the database", failure.description))
            record.state = .finished
            return record
        }
        let content = try ContentStore(directory: directory.content, isWriter: false)
        let record = try await PlatformCheck(store: store, content: content, directory: directory).run(request, progress: show)
        try store.close()
        return record
    }

    private func say(_ record: CheckRecord) throws {
        func files(_ count: Int64, _ bytes: Int64) -> String {
            "\(count) file\(count == 1 ? "" : "s"), \(ByteSize.format(bytes))"
        }
        let audit = record.auditHash.map { ", the last of which is \($0)" } ?? ""
        try options.output.lines([
            "audit log  \(record.auditEntries) entr\(record.auditEntries == 1 ? "y" : "ies")\(audit)",
            "trees      \(record.manifestCount)",
            "content    \(files(record.contentCount, record.contentBytes))",
            record.readPercent > 0
                ? "read       \(files(record.readCount, record.doneBytes))" : "read       nothing; --read-data reads every file",
        ])
        for finding in record.findings {
            try options.output.line(Escaping.line("\(finding.kind.rawValue): \(finding.subject): \(finding.problem)"))
        }
        if record.findingCount > Int64(record.findings.count) {
            try options.output.line("and \(record.findingCount - Int64(record.findings.count)) more")
        }
        guard record.state == .finished else { return }
        let wrong = "\(record.findingCount) thing\(record.findingCount == 1 ? " is" : "s are") wrong."
        try options.output.line(record.findingCount == 0 ? "Everything is whole." : wrong)
    }
}
