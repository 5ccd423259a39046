import API
import Foundation
import Synchronization

/// The shells that are open beside sessions, and what has been typed into them and printed by them that the other side does not have
/// yet; in memory only.
final class ShellBoard: Sendable {
    /// Each is a process on a node.
    static let maximumOfSession = 16
    /// Together they may keep some hundred megabytes here.
    static let maximum = 256
    private static let windowBytes = 256 << 10
    /// Whoever has opened it comes at least every half minute, if the network lets it.
    private static let abandonLimit = Duration.seconds(90)
    /// So does its supervisor.
    private static let lossLimit = Duration.seconds(40)
    private static let keepLimit = Duration.seconds(600)

    private struct Shell {
        var session: Int64
        var user: UserName
        /// For the supervisor, until it has come for input.
        var opening: SupervisorCommand?
        var input = ByteWindow(limit: windowBytes)
        var inputIsEnded = false
        var output = ByteWindow(limit: windowBytes)
        var errors = ByteWindow(limit: windowBytes)
        var rows: Int?
        var columns: Int?
        /// How it ended.
        var exitStatus: Int?
        var failure: String?
        var endedAt: ContinuousClock.Instant?
        var userLook: ContinuousClock.Instant
        var supervisorLook: ContinuousClock.Instant
        /// Whoever opened it has gone.
        var isOver = false
    }

    private let shells = Mutex<[Int64: Shell]>([:])

    func open(_ opening: SupervisorCommand, rows: Int?, columns: Int?, of session: Int64, by user: UserName, now: ContinuousClock.Instant)
        throws
    {
        try shells.withLock { shells in
            Self.noticeLost(&shells, now)
            let open = shells.values.filter { $0.endedAt == nil }
            guard open.count(where: { $0.session == session }) < Self.maximumOfSession, open.count < Self.maximum else {
                throw Failure(.tooManyRequests, "too many shells are open", hint: "close some")
            }
            shells[opening.number] = Shell(
                session: session, user: user, opening: opening, rows: rows, columns: columns, userLook: now, supervisorLook: now)
        }
    }

    /// What a session's supervisor has not begun yet.
    func commands(of session: Int64) -> [SupervisorCommand] {
        shells.withLock { shells in shells.values.filter { $0.session == session && $0.endedAt == nil }.compactMap(\.opening) }
    }

    // MARK: Whoever has opened it

    /// Takes what is typed; returns how much of it is taken.
    func type(_ input: ShellInput, into number: Int64, of session: Int64, by user: UserName, now: ContinuousClock.Instant) throws
        -> StreamOffset
    {
        try change(number, session, user) { shell in
            guard Wire.exactIntegers.contains(input.offset), input.offset >= 0 else {
                throw Failure.invalidValue("offset", "\(input.offset)", expected: "how many bytes were typed before")
            }
            shell.userLook = now
            if let rows = input.rows, let columns = input.columns { (shell.rows, shell.columns) = (rows, columns) }
            // Nobody reads it any more.
            guard shell.endedAt == nil else { return StreamOffset(offset: input.offset + Int64(input.bytes.count)) }
            let end = try shell.input.append(input.bytes, at: input.offset)
            if input.isEnd == true, end == input.offset + Int64(input.bytes.count) { shell.inputIsEnded = true }
            return StreamOffset(offset: end)
        }
    }

    /// What it has printed from the offsets on; nil: nothing yet.
    func read(_ number: Int64, from offsets: ShellOffsets, of session: Int64, by user: UserName, now: ContinuousClock.Instant) throws
        -> ShellOutput?
    {
        try change(number, session, user) { shell in
            shell.userLook = now
            let output = try shell.output.read(from: offsets.offset, count: ShellOutput.maximumBytes / 2)
            let errors = try shell.errors.read(from: offsets.errorsOffset, count: ShellOutput.maximumBytes / 2)
            var piece = ShellOutput(
                offset: offsets.offset, output: Data(output), errorsOffset: offsets.errorsOffset, errors: Data(errors))
            if offsets.offset + Int64(output.count) == shell.output.end, offsets.errorsOffset + Int64(errors.count) == shell.errors.end {
                (piece.exitStatus, piece.failure) = (shell.exitStatus, shell.failure)
            }
            return output.isEmpty && errors.isEmpty && !piece.isEnd ? nil : piece
        }
    }

    /// Nobody wants it any more.
    func close(_ number: Int64, of session: Int64, by user: UserName) throws {
        try change(number, session, user) { $0.isOver = true }
    }

    // MARK: Its supervisor

    /// What was typed from `offset` on, or that it is to end, or that the window has another size than before; nil: nothing of this.
    func input(_ number: Int64, from offset: Int64, known: (rows: Int?, columns: Int?), of session: Int64, now: ContinuousClock.Instant)
        throws -> ShellInput?
    {
        try change(number, session, nil) { shell in
            shell.supervisorLook = now
            shell.opening = nil
            if now - shell.userLook > Self.abandonLimit { shell.isOver = true }
            let bytes = try shell.input.read(from: offset, count: ShellInput.maximumBytes)
            let isEnd = shell.inputIsEnded && offset + Int64(bytes.count) == shell.input.end
            let isSame = shell.rows == known.rows && shell.columns == known.columns
            guard !bytes.isEmpty || isEnd || shell.isOver || !isSame else { return nil }
            return ShellInput(
                offset: offset, bytes: Data(bytes), isEnd: isEnd, rows: shell.rows, columns: shell.columns, isOver: shell.isOver)
        }
    }

    /// Takes what it prints, as much as there is room for; nil: there is none, and it is not over.
    func print(_ output: ShellOutput, of number: Int64, of session: Int64, now: ContinuousClock.Instant) throws -> ShellOffsets? {
        try change(number, session, nil) { shell in
            shell.supervisorLook = now
            shell.opening = nil
            let before = (shell.output.end, shell.errors.end)
            let taken = ShellOffsets(
                offset: try shell.output.append(output.output, at: output.offset),
                errorsOffset: try shell.errors.append(output.errors, at: output.errorsOffset))
            let isAll =
                taken.offset == output.offset + Int64(output.output.count)
                && taken.errorsOffset == output.errorsOffset + Int64(output.errors.count)
            if isAll, output.isEnd, shell.endedAt == nil {
                (shell.exitStatus, shell.failure, shell.endedAt) = (output.exitStatus, output.failure, now)
            }
            // Printed for nobody, it need not wait for room.
            return isAll || before != (shell.output.end, shell.errors.end) || shell.isOver ? taken : nil
        }
    }

    // MARK: What becomes of them

    /// The session is over, and with it all of its shells; these.
    func ended(_ session: Int64, reason: String, now: ContinuousClock.Instant) -> [Int64] {
        shells.withLock { shells in
            let open = shells.filter { $0.value.session == session && $0.value.endedAt == nil }.map(\.key)
            for number in open {
                shells[number]?.failure = reason
                shells[number]?.endedAt = now
            }
            return open
        }
    }

    /// Notices shells whose supervisor does not come any more.
    func noticeLost(now: ContinuousClock.Instant) { shells.withLock { Self.noticeLost(&$0, now) } }

    /// Forgets those that are over for a while; returns their numbers.
    func sweep(now: ContinuousClock.Instant) -> [Int64] {
        shells.withLock { shells in
            Self.noticeLost(&shells, now)
            let old = shells.filter { _, shell in shell.endedAt.map { now - $0 > Self.keepLimit } ?? false }.map(\.key)
            for number in old { shells[number] = nil }
            return old
        }
    }

    private static func noticeLost(_ shells: inout [Int64: Shell], _ now: ContinuousClock.Instant) {
        for (number, shell) in shells where shell.endedAt == nil && now - shell.supervisorLook > lossLimit {
            shells[number]?.failure = "the session's supervisor was started anew, or is gone; the shell is lost"
            shells[number]?.endedAt = now
        }
    }

    private func change<Value: Sendable>(
        _ number: Int64, _ session: Int64, _ user: UserName?, _ body: (inout Shell) throws -> sending Value
    ) throws -> Value {
        try shells.withLock { shells in
            guard var shell = shells[number], shell.session == session, user == nil || shell.user == user else {
                throw Failure.noSuch("shell", number, hint: "the server keeps shells in memory: after a restart, open another")
            }
            defer { shells[number] = shell }
            return try body(&shell)
        }
    }
}
