import API
import Foundation
import Glibc

/// Where a token may come from without standing on a command line, where every user of the machine could read it.
enum TokenSource {
    /// The first line of a file; `-` is standard input.
    static func read(path: String) throws -> String {
        guard path != "-" else { return try readInput() }
        let text: String
        do {
            text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw Failure(.localError, "cannot read the token file '\(path)'")
        }
        return try check(text)
    }

    /// Asks on the terminal without showing what is typed, or takes a line of standard input where that is none.
    static func ask(prompt: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try readInput() }
        try Output.write(Array(prompt.utf8), to: STDERR_FILENO)
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return try readInput() }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            Output.note("")
        }
        return try readInput()
    }

    private static func readInput() throws -> String {
        guard let line = readLine() else {
            throw Failure(.invalidValue, "no token was given", hint: "pass it on standard input, or use --token-file")
        }
        return try check(line)
    }

    private static func check(_ text: String) throws -> String {
        let token = text.split(whereSeparator: \.isNewline).first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw Failure(.invalidValue, "that is no token", hint: "a token is one word of letters and digits")
        }
        return token
    }
}
