import API
import Foundation
import Glibc

/// A terminal in raw mode: keys as they are pressed, and a line that is drawn anew. One user at a time.
final class RawTerminal {
    /// How long the rest of an escape sequence may take.
    private static let sequenceMilliseconds: Int32 = 50

    private var original = termios()
    private var decoder = KeyDecoder()
    private var keys: [Key] = []
    /// In which row of the drawn line the cursor is.
    private var row = 0
    private let environment: [String: String]

    /// nil where there is no terminal that can be drawn on.
    init?(environment: [String: String]) {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, environment["TERM"] != "dumb", tcgetattr(STDIN_FILENO, &original) == 0
        else { return nil }
        self.environment = environment
    }

    /// Runs `body` in raw mode, and puts the terminal back afterwards, whatever happens.
    func raw<Result>(_ body: () async throws -> Result) async throws -> Result {
        begin()
        do {
            let result = try await body()
            end()
            return result
        } catch {
            end()
            throw error
        }
    }

    private func begin() {
        var raw = original
        cfmakeraw(&raw)
        // Line ends of what others print still begin at the left.
        raw.c_oflag |= tcflag_t(OPOST)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        write("\u{1B}[?2004h")
        row = 0
    }

    private func end() {
        write("\u{1B}[?2004l")
        tcsetattr(STDIN_FILENO, TCSADRAIN, &original)
    }

    /// The next key; nil when the terminal is gone.
    func key() -> Key? {
        while keys.isEmpty {
            var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, decoder.isWaiting ? Self.sequenceMilliseconds : -1)
            if ready == 0 {
                keys += decoder.flush()
                continue
            }
            if ready < 0 {
                guard errno == EINTR else { return nil }
                continue
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            keys += decoder.feed(buffer[..<count])
        }
        return keys.removeFirst()
    }

    /// Draws the line where it was drawn before.
    func draw(prompt: String, _ editor: LineEditor) {
        let columns = max(2, Terminal.columns(of: STDOUT_FILENO, environment: environment))
        let shown = Escaping.line(editor.line)
        let before = DisplayWidth.of(prompt) + DisplayWidth.of(Escaping.line(editor.beforeCursor))
        let width = DisplayWidth.of(prompt) + DisplayWidth.of(shown)
        var text = row > 0 ? "\u{1B}[\(row)A\r\u{1B}[J" : "\r\u{1B}[J"
        text += prompt + shown
        // At the right edge the cursor hangs in the air until something follows.
        if width % columns == 0, width > 0 { text += "\r\n" }
        let up = width / columns - before / columns
        if up > 0 { text += "\u{1B}[\(up)A" }
        text += "\r"
        if before % columns > 0 { text += "\u{1B}[\(before % columns)C" }
        row = before / columns
        write(text)
    }

    /// Leaves the line as it stands, and goes to the next.
    func finish(prompt: String, _ line: String) {
        let columns = max(2, Terminal.columns(of: STDOUT_FILENO, environment: environment))
        let width = DisplayWidth.of(prompt) + DisplayWidth.of(Escaping.line(line))
        let down = width / columns - row
        if down > 0 { write("\u{1B}[\(down)B") }
        write("\r\n")
        row = 0
    }

    func clearScreen() {
        write("\u{1B}[H\u{1B}[2J")
        row = 0
    }

    func write(_ text: String) {
        // A terminal that is gone is noticed when the next key is read.
        try? Output.write(Array(text.utf8), to: STDOUT_FILENO)
    }
}
