import API
import ArgumentParser
import Client
import Foundation
import Supervision

/// One thing that was looked at.
struct FindingRecord: Encodable, Sendable {
    enum Grade: String, Encodable, Sendable { case good, note, bad }

    var subject: String
    var grade: Grade
    var finding: String
    /// What to do about it.
    var hint: String?
}

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what is wrong: with your login, the server, this machine.",
        discussion: """
            EXAMPLES:
              nsml doctor
              nsml doctor --json | jq '.[] | select(.grade == "bad")'

            It changes nothing. The exit status is 1 when something is bad.
            """)

    @OptionGroup var options: ServerOptions

    func run() async throws {
        var findings = [configurationFile()]
        findings += await server()
        findings += machine()
        if options.json {
            try options.output.record(findings)
        } else {
            for finding in findings {
                let mark: (String, Color) =
                    switch finding.grade {
                    case .good: ("good", .green)
                    case .note: ("note", .yellow)
                    case .bad: ("bad ", .red)
                    }
                let shown = options.output.terminal.usesColor ? mark.1.applied(to: mark.0) : mark.0
                let hint = finding.hint.map { "; \($0)" } ?? ""
                try options.output.line("\(shown)  \(Escaping.line("\(finding.subject): \(finding.finding)\(hint)"))")
            }
        }
        guard !findings.contains(where: { $0.grade == .bad }) else { throw ExitCode(1) }
    }

    private func configurationFile() -> FindingRecord {
        let file = ConfigurationFile()
        guard FileManager.default.fileExists(atPath: file.path) else {
            return .init(
                subject: "configuration", grade: .note, finding: "there is none yet", hint: "'nsml up' or 'nsml login URL' makes it")
        }
        // One that cannot be looked at cannot be read either, which the connection says.
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        if let mode = attributes?[.posixPermissions] as? Int, mode & 0o077 != 0 {
            return .init(
                subject: "configuration", grade: .bad, finding: "'\(file.path)' can be read by others, and has your token",
                hint: "chmod 600 '\(file.path)'")
        }
        do {
            let count = try file.load().contexts.count
            return .init(subject: "configuration", grade: .good, finding: "\(file.path), \(count) server\(count == 1 ? "" : "s")")
        } catch {
            return .init(subject: "configuration", grade: .bad, finding: "\(error)")
        }
    }

    private func server() async -> [FindingRecord] {
        do {
            let connection = try options.connection()
            let start = ContinuousClock.now
            let (identity, status) = try await options.withClient { client in
                try await within(.seconds(10)) { (try await client.whoami(), try await client.status()) }
            }
            let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
            var findings = [
                FindingRecord(
                    subject: "server", grade: .good, finding: "\(connection.url) answers in \(milliseconds) ms; you are \(identity.user)")
            ]
            if status.version != Version.current {
                findings.append(
                    .init(
                        subject: "version", grade: .note, finding: "this program is \(Version.current), the server \(status.version)",
                        hint: "use the same on both sides"))
            }
            findings += status.notes.map { .init(subject: "server", grade: .note, finding: $0) }
            return findings
        } catch let failure as Failure {
            return [.init(subject: "server", grade: .bad, finding: failure.message, hint: failure.hint)]
        } catch {
            return [.init(subject: "server", grade: .bad, finding: "\(error)")]
        }
    }

    /// What 'nsml up' on this machine would need; of no interest to who only talks to another.
    private func machine() -> [FindingRecord] {
        let tools = [
            ("python3", "sessions in Python need it", "install Python 3.8 or newer"),
            ("bwrap", "without it sessions are not walled off", "install bubblewrap"),
            ("uv", "without it environments are built by pip, slowly", "pip install uv"),
        ]
        return tools.map { name, need, hint in
            guard let path = Programs.find(name) else {
                return .init(subject: "this machine", grade: .note, finding: "there is no \(name): \(need)", hint: hint)
            }
            return .init(subject: "this machine", grade: .good, finding: "\(name) is \(path)")
        }
    }
}
