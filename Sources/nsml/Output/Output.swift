import API
import Foundation
import Glibc

/// Where a command says things: its result on standard output, and everything else on standard error.
struct Output: Sendable {
    let terminal: Terminal
    /// Whether the result is wanted as JSON.
    let json: Bool

    /// One line of result.
    func line(_ text: String) throws { try Self.write(Array("\(text)\n".utf8), to: STDOUT_FILENO) }

    func lines(_ lines: [String]) throws {
        guard !lines.isEmpty else { return }
        try line(lines.joined(separator: "\n"))
    }

    /// Bytes of result, as they are.
    func bytes(_ bytes: [UInt8]) throws { try Self.write(bytes, to: STDOUT_FILENO) }

    func table(_ table: Table) throws { try lines(table.lines(width: terminal.width, color: terminal.usesColor)) }

    /// A record as JSON: laid out for a person on a terminal, on one line elsewhere.
    func record(_ record: some Encodable) throws {
        let data = try Wire.encoder(pretty: terminal.isTerminal).encode(record)
        guard terminal.isTerminal else { return try bytes(Array(data) + [0x0A]) }
        // The encoder gives an empty list three lines. Texts hold no line ends of their own.
        let text = String(decoding: data, as: UTF8.self).replacing(#/\[\n\s*\]/#, with: "[]").replacing(#/\{\n\s*\}/#, with: "{}")
        try line(text)
    }

    /// One record of a stream of them, always on one line.
    func streamed(_ record: some Encodable) throws { try bytes(Array(try Wire.encoder().encode(record)) + [0x0A]) }

    /// A remark on standard error. Nobody is there to be told if that fails.
    func note(_ text: String) { Self.note(text) }

    /// What one may want to do next: for people at a terminal, in two columns.
    func next(_ suggestions: (command: String, purpose: String)...) {
        guard terminal.errorIsTerminal, !json else { return }
        let width = suggestions.map { DisplayWidth.of($0.command) }.max() ?? 0
        for (command, purpose) in suggestions {
            note("  \(command)\(String(repeating: " ", count: width - DisplayWidth.of(command)))   \(purpose)")
        }
    }

    static func note(_ text: String) {
        // A remark that cannot be written has no other place to go.
        try? write(Array("\(text)\n".utf8), to: STDERR_FILENO)
    }

    /// Writes all of `bytes`. When the reader of a pipe is gone the process ends as the shell expects it to.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                exit(128 + SIGPIPE)
            } else if errno == EAGAIN {
                // A terminal shared with a program that set it so: wait until it takes more.
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = Glibc.poll(&poll, 1, 1_000)
            } else if errno != EINTR {
                throw Failure(.localError, "cannot write the output: \(String(cString: strerror(errno)))")
            }
        }
    }
}
