import API

/// What a shell beside a session's process runs, and with which environment: a pure function of what was asked and how the session's
/// process was started.
struct ShellProgram: Sendable, Equatable {
    /// As the session's process sees it.
    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]

    /// - Parameters:
    ///   - words: none is a shell that asks; one is a line for the shell; several are a program and its arguments, which no shell reads.
    ///   - terminal: its kind; nil: it has none.
    ///   - inherited: `NAME=VALUE`, the session's own environment.
    ///   - shell: the path of the shell that people get.
    init(words: [String], terminal: String?, session: SessionName, inherited: [String], shell: String) {
        switch words.count {
        case 0: arguments = [shell, "-i"]
        case 1: arguments = [shell, "-c", words[0]]
        // The shell does no more than look for the program; the words are never read by it.
        default: arguments = ["/bin/sh", "-c", #"exec "$@""#, "sh"] + words
        }
        // Without a terminal it reads what comes like a script.
        if words.isEmpty, terminal == nil { arguments = [shell, "-s"] }
        environment = inherited
        if let terminal {
            environment += ["TERM=\(terminal)", #"PS1=\#(session):\w\$ "#]
        }
        environment.append("SHELL=\(shell)")
    }
}
