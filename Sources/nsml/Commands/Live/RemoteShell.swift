import API
import Client
import Foundation
import Glibc
import Supervision
import UnixSignals

/// A shell beside a session's process as this terminal, or this pipe, has it.
struct RemoteShell: Sendable {
    private static let waitSeconds = 25.0
    /// How long the server may be away before the shell is given up: a restart of it ends all shells anyway.
    private static let patience = Duration.seconds(30)

    let client: APIClient
    let session: SessionName

    /// Returns the exit status of what ran.
    func run(_ words: [String], environment: [String: String]) async throws -> Int32 {
        let terminal = ShellTerminal(environment: environment)
        let size = terminal?.size
        let shell = try await client.openShell(
            NewShell(words: words, terminal: terminal?.kind, rows: size?.rows, columns: size?.columns), beside: session
        ).number
        terminal?.enter()
        defer { terminal?.leave() }
        do {
            return try await serve(shell, terminal)
        } catch {
            // It ends by itself when nobody comes any more.
            try? await client.closeShell(shell, beside: session)
            throw error
        }
    }

    private enum End: Sendable {
        case status(Int32)
        /// Left by the keys for it.
        case left
        case goesOn
    }

    private func serve(_ shell: Int64, _ terminal: ShellTerminal?) async throws -> Int32 {
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { .status(try await show(shell)) }
            group.addTask { try await type(into: shell, isTerminal: terminal != nil) ? .left : .goesOn }
            if let terminal {
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sigwinch) {
                        let size = terminal.size
                        // The next one tells it again.
                        _ = try? await client.type(
                            ShellInput(offset: 0, rows: size?.rows, columns: size?.columns), intoShell: shell, beside: session)
                    }
                    return .goesOn
                }
            } else {
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sigint) { return .left }
                    return .goesOn
                }
            }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                switch end {
                case .status(let status): return status
                case .left:
                    // It ends by itself when nobody comes any more.
                    try? await client.closeShell(shell, beside: session)
                    return 130
                case .goesOn: continue
                }
            }
            return 0
        }
    }

    /// Shows what it prints, to its end.
    private func show(_ shell: Int64) async throws -> Int32 {
        var offsets = ShellOffsets(offset: 0, errorsOffset: 0)
        while true {
            let from = offsets
            let piece = try await persistently {
                try await client.output(ofShell: shell, beside: session, from: from, waitSeconds: Self.waitSeconds)
            }
            // Whoever asked for them gets the bytes as they are, as with a shell anywhere.
            try Output.write([UInt8](piece.output), to: STDOUT_FILENO)
            try Output.write([UInt8](piece.errors), to: STDERR_FILENO)
            offsets.offset += Int64(piece.output.count)
            offsets.errorsOffset += Int64(piece.errors.count)
            if let failure = piece.failure { throw Failure(.sessionFailed, failure) }
            if let status = piece.exitStatus { return Int32(clamping: status) }
        }
    }

    /// Types what comes here, to its end. Whether it ended because somebody wants to leave.
    private func type(into shell: Int64, isTerminal: Bool) async throws -> Bool {
        var offset: Int64 = 0
        var keys = LeavingKeys()
        let keyboard = try InputReader()
        while true {
            let read = try await keyboard.next(atMost: ShellInput.maximumBytes / 2)
            var bytes = read
            if isTerminal {
                let passed = keys.pass(read)
                if passed.leaves { return true }
                bytes = passed.bytes
                if bytes.isEmpty, !read.isEmpty { continue }
            }
            var left = bytes[...]
            repeat {
                let input = ShellInput(offset: offset, bytes: Data(left), isEnd: read.isEmpty ? true : nil)
                let end = try await persistently { try await client.type(input, intoShell: shell, beside: session).offset }
                left = left.dropFirst(Int(max(0, end - offset)))
                offset = max(offset, end)
                // It does not read; there is no hurry.
                if !left.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            } while !left.isEmpty
            if read.isEmpty { return false }
        }
    }

    /// Again while the server cannot be reached, for some time.
    private func persistently<Value: Sendable>(_ call: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + Self.patience
        while true {
            do { return try await call() } catch let failure as Failure
                where failure.code == .serverUnreachable || failure.code == .unavailable
            {
                guard ContinuousClock.now < end else { throw failure }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}

/// Reads standard input in a way that can be called off.
private final class InputReader: Sendable {
    /// A byte in it calls the reading off.
    private let bell: (read: Int32, write: Int32)

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(.localError, "no pipe can be made: \(String(cString: strerror(errno)))") }
        bell = (ends[0], ends[1])
    }

    deinit {
        close(bell.read)
        close(bell.write)
    }

    /// The next bytes, empty at the end. Throws when the task is cancelled.
    func next(atMost count: Int) async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            let bytes = try await onOwnThread { [self] in read(atMost: count) }
            try Task.checkCancellation()
            return bytes
        } onCancel: {
            _ = write(bell.write, [0], 1)
        }
    }

    private func read(atMost count: Int) -> [UInt8] {
        while true {
            var waiting = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: bell.read, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&waiting, 2, -1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0, waiting[1].revents == 0 else { return [] }
            var buffer = [UInt8](repeating: 0, count: count)
            let read = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if read < 0, errno == EINTR { continue }
            return Array(buffer.prefix(max(0, read)))
        }
    }
}

/// Looks for the keys that leave a shell: a tilde and a full stop at the beginning of a line, as with others that show one from afar.
/// Two tildes there are one.
struct LeavingKeys: Sendable {
    private enum Place { case lineStart, tilde, within }
    private var place = Place.lineStart

    /// - Returns: what is to be typed, and whether somebody leaves.
    mutating func pass(_ bytes: [UInt8]) -> (bytes: [UInt8], leaves: Bool) {
        var passed: [UInt8] = []
        for byte in bytes {
            switch (place, byte) {
            case (.tilde, UInt8(ascii: ".")): return (passed, true)
            case (.lineStart, UInt8(ascii: "~")):
                // Kept back until it is known what it means.
                place = .tilde
                continue
            case (.tilde, UInt8(ascii: "~")): passed.append(byte)
            case (.tilde, _): passed += [UInt8(ascii: "~"), byte]
            default: passed.append(byte)
            }
            place = byte == 0x0D || byte == 0x0A || byte == 0x03 || byte == 0x04 ? .lineStart : .within
        }
        return (passed, false)
    }
}

/// The terminal in which a shell is shown; what is pressed goes to it untouched.
final class ShellTerminal: Sendable {
    let kind: String
    private let original: termios

    /// nil where standard input and output are not both a terminal.
    init?(environment: [String: String]) {
        var found = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &found) == 0 else { return nil }
        original = found
        let kind = environment["TERM"] ?? ""
        self.kind = kind.isEmpty || kind.contains("/") ? "dumb" : kind
    }

    func enter() {
        var raw = original
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    }

    func leave() {
        var before = original
        tcsetattr(STDIN_FILENO, TCSADRAIN, &before)
    }

    var size: (rows: Int, columns: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_row), Int(size.ws_col))
    }
}
