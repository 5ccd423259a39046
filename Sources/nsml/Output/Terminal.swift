import Foundation
import Glibc

/// What the two output streams of this process are connected to, and what they may show.
struct Terminal: Sendable {
    /// Columns of the terminal on standard output; nil when it is none, and then nothing is cut.
    var width: Int?
    /// Whether standard output may carry colours.
    var usesColor: Bool
    /// Whether standard error is a terminal, on which a line may be redrawn.
    var errorIsTerminal: Bool
    /// Whether standard error may carry colours.
    var errorUsesColor: Bool

    var isTerminal: Bool { width != nil }

    /// Looks at this process's streams and environment.
    static func current(color: ColorChoice = .automatic) -> Terminal {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let errorIsTerminal = isatty(STDERR_FILENO) == 1
        return Terminal(
            width: isTerminal ? columns(of: STDOUT_FILENO, environment: environment) : nil,
            usesColor: color.allows(isTerminal: isTerminal, environment: environment),
            errorIsTerminal: errorIsTerminal,
            errorUsesColor: color.allows(isTerminal: errorIsTerminal, environment: environment))
    }

    /// `COLUMNS` wins, as people set it to try a width; 80 where nobody knows.
    static func columns(of descriptor: Int32, environment: [String: String]) -> Int {
        if let text = environment["COLUMNS"], let columns = Int(text), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// When colours are used. `--color` outranks the environment, and `NO_COLOR` outranks `CLICOLOR_FORCE`.
enum ColorChoice: String, Sendable, CaseIterable {
    case automatic = "auto"
    case always
    case never

    func allows(isTerminal: Bool, environment: [String: String]) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .automatic: break
        }
        if let no = environment["NO_COLOR"], !no.isEmpty { return false }
        if let force = environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return true }
        return isTerminal && environment["TERM"] != "dumb" && environment["CLICOLOR"] != "0"
    }
}

/// A colour of the terminal's own palette, so that light and dark terminals both stay readable.
enum Color: Int, Sendable {
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 34
    case cyan = 36
    case gray = 90

    func applied(to text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
