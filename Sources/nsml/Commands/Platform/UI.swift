import API
import ArgumentParser
import Client
import Foundation
import Glibc
import Supervision

struct UICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ui",
        abstract: "Open the page in a browser, signed in.",
        discussion: """
            EXAMPLES:
              nsml ui
              nsml ui alice/mnist/1
              nsml ui --no-open                       # only print the link

            The link signs in one browser, once, within five minutes; the browser stays signed in for two weeks. It appears as \
            'browser' in 'nsml user token ls', and removing it there signs it out.

            From another machine: forward the port (ssh -L 7777:127.0.0.1:7777 HOST) and open the link there.
            """,
        aliases: ["plot"])

    @Argument(help: "What to show.", completion: .names(of: .sessions))
    var session: String?

    @Flag(name: .customLong("no-open"), help: "Print the link, and open no browser.")
    var noOpen = false

    @OptionGroup var options: ServerOptions

    private struct Link: Encodable {
        var url: String
        var expiresAt: Date
    }

    func run() async throws {
        let name = try session.map { try SessionName(parsing: $0) }
        let code = try await options.withClient { client in
            // One that is not there is told here, and not by the page.
            if let name { _ = try await client.session(name) }
            return try await client.signInCode()
        }
        let target = name.map { "?to=/sessions/\($0)" } ?? ""
        let url = "\(try options.connection().url)/#/sign-in/\(code.code)\(target)"
        if options.json { return try options.output.record(Link(url: url, expiresAt: code.expiresAt)) }
        try options.output.line(url)
        guard !noOpen, options.output.terminal.isTerminal else { return }
        if !Browser.open(url) { Output.note("open it in a browser on this machine; it is good once, for five minutes") }
    }
}

/// The desktop's browser, where there is a desktop.
enum Browser {
    /// Whether one was asked to open it.
    static func open(_ url: String) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        guard environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil else { return false }
        guard let program = Programs.find("xdg-open"), let page = redirection(to: url, environment) else { return false }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [page]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Not started: the link is on the terminal all the same.
        return (try? process.run()) != nil
    }

    /// A file of the user's own that leads there: a program's arguments are for everybody on the machine to see, and the link lets in.
    private static func redirection(to url: String, _ environment: [String: String]) -> String? {
        guard let folder = environment["XDG_RUNTIME_DIR"] else { return nil }
        let page = "\(folder)/nsml-sign-in-\(getpid()).html"
        unlink(page)
        let descriptor = Glibc.open(page, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let address = url.replacing("&", with: "&amp;").replacing("\"", with: "%22").replacing("<", with: "%3C")
        let text = "<meta http-equiv=\"refresh\" content=\"0;url=\(address)\">"
        // What cannot be written opens nothing; the link is on the terminal.
        return (try? Output.write(Array(text.utf8), to: descriptor)) != nil ? page : nil
    }
}
