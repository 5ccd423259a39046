import API
import CLinux
import Content
import Foundation
import Glibc
import Logging
import Synchronization

/// A shell beside a session's process, from its start to its last word. It dies with the supervisor.
final class SessionShell: Sendable {
    /// How long the server may hold a request.
    private static let waitSeconds = 25.0
    /// How often one is looked after that has had all its input.
    private static let endedInputPause = Duration.seconds(5)
    /// What the program's own children still print after its end.
    private static let drainMilliseconds: Int32 = 100
    private static let hangUpLimit = Duration.seconds(2)
    /// Without an answer for so long, nobody is there.
    private static let giveUpLimit = Duration.seconds(60)

    private let number: Int64
    private let words: [String]
    private let kind: String?
    private let process: SessionProcess
    private let connection: any ServerConnection
    private let sessionEnded: Occurrence
    private let log: Logger
    private let started = Occurrence()
    private let ended = Occurrence()

    private struct State {
        var program: Result<Joining.Started, any Error>?
        var status: Int32?
        var offsets = ShellOffsets(offset: 0, errorsOffset: 0)
    }
    private let state = Mutex(State())

    init(
        _ command: SupervisorCommand, process: SessionProcess, connection: any ServerConnection, sessionEnded: Occurrence, log: Logger
    ) {
        number = command.number
        // A list of texts, as the server has made it.
        words = (try? JSONDecoder().decode([String].self, from: command.body ?? Data())) ?? []
        kind = command.parameters["terminal"]
        self.process = process
        self.connection = connection
        self.sessionEnded = sessionEnded
        self.log = log
    }

    /// Runs it to its end. Throws only when cancelled; then it is ended too.
    func run() async throws {
        do {
            let streams = try ShellStreams(isTerminal: kind != nil)
            defer { streams.close() }
            try await begin(streams)
            log.info("a shell was opened", metadata: ["words": "\(words.joined(separator: " "))"])
            try await serve(streams)
            try await tell(status: state.withLock { $0.status.map(Int.init) }, failure: nil)
        } catch let error as CancellationError {
            await end(gently: false)
            throw error
        } catch {
            await end(gently: false)
            try await tell(status: nil, failure: "\(error)")
        }
    }

    // MARK: The program

    private func begin(_ streams: ShellStreams) async throws {
        guard let launch = DurableFile.read(LaunchRecord.self, from: process.files.launch), launch.epoch == process.plan.epoch,
            let main = process.mainProcessId
        else { throw Failure(.sessionFailed, "the session's process is not there (any more)") }
        let isWalled = process.plan.sandbox == .bubblewrap
        let program = ShellProgram(
            words: words, terminal: kind, session: process.plan.session, inherited: launch.environment,
            shell: access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh")
        let joining = Joining(
            arguments: program.arguments, environment: program.environment,
            directory: isWalled ? SessionPaths.sandboxCode : launch.workingDirectory ?? "/", input: streams.childInput,
            output: streams.childOutput, errors: streams.childErrors, isTerminal: kind != nil, groupFiles: launch.groups?.joinFiles ?? [],
            process: isWalled ? main : nil, userId: process.plan.userId, mask: launch.mask)
        // The program ends with the thread that has started it, so that one waits for it.
        Thread.detachNewThread { [self] in
            let result = Result { try joining.start() }
            state.withLock { $0.program = result }
            streams.closeChildEnds()
            started.happen()
            guard case .success(let started) = result else { return ended.happen() }
            let status = Tool.wait(for: started.waiter)
            state.withLock { $0.status = status }
            ended.happen()
        }
        try await started.wait()
        _ = try state.withLock { try $0.program?.get() }
    }

    private var program: Joining.Started? {
        // One that was not started is none.
        state.withLock { try? $0.program?.get() }
    }

    /// - Parameter gently: first as when a terminal is hung up.
    private func end(gently: Bool) async {
        guard let program, !ended.hasHappened else { return }
        if gently {
            kill(-program.program, SIGHUP)
            kill(-program.program, SIGCONT)
            // Over when it has ended.
            _ = try? await ended.unlessItHappens { try await Task.sleep(for: Self.hangUpLimit) }
        }
        guard !ended.hasHappened else { return }
        kill(-program.program, SIGKILL)
        kill(program.waiter, SIGKILL)
    }

    // MARK: Its streams

    private func serve(_ streams: ShellStreams) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.type(into: streams)
                return false
            }
            group.addTask {
                try await self.sessionEnded.wait()
                await self.end(gently: false)
                return false
            }
            group.addTask {
                try await self.carry(from: streams.output, areErrors: false)
                return true
            }
            if let errors = streams.errors {
                group.addTask {
                    try await self.carry(from: errors, areErrors: true)
                    return true
                }
            }
            var left = streams.errors == nil ? 1 : 2
            while left > 0, let isDrained = try await group.next() { left -= isDrained ? 1 : 0 }
            group.cancelAll()
        }
        try await ended.wait()
    }

    /// Brings what is typed to the program, until it has ended or nobody types any more.
    private func type(into streams: ShellStreams) async throws {
        var offset: Int64 = 0
        var size: WindowSize?
        var inputIsEnded = false
        var trouble = Trouble(limit: Self.giveUpLimit)
        while !ended.hasHappened {
            let piece: ShellInput
            do {
                piece = try await connection.shellInput(
                    number, offset: offset, known: size, waitSeconds: inputIsEnded ? 0 : Self.waitSeconds)
                trouble.isOver()
            } catch {
                try await trouble.met(error)
                continue
            }
            if let rows = piece.rows, let columns = piece.columns, size != WindowSize(rows: rows, columns: columns) {
                size = WindowSize(rows: rows, columns: columns)
                streams.setWindow(rows: rows, columns: columns)
            }
            if piece.isOver == true { return await end(gently: true) }
            let bytes = [UInt8](piece.bytes)
            offset += Int64(bytes.count)
            if !bytes.isEmpty, !inputIsEnded {
                inputIsEnded = try await onOwnThread { [ended] in !streams.write(bytes, unless: { ended.hasHappened }) }
            }
            if piece.isEnd == true {
                inputIsEnded = true
                streams.endInput()
            }
            if inputIsEnded { try await Task.sleep(for: Self.endedInputPause) }
        }
    }

    /// Brings what the program prints to the server, until there will be no more.
    private func carry(from descriptor: Int32, areErrors: Bool) async throws {
        while true {
            let bytes = try await onOwnThread { [ended] in
                ShellStreams.read(descriptor, drainMilliseconds: Self.drainMilliseconds) { ended.hasHappened }
            }
            guard !bytes.isEmpty else { return }
            try await send(bytes[...], areErrors: areErrors)
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>, areErrors: Bool) async throws {
        var left = bytes
        var trouble = Trouble(limit: Self.giveUpLimit)
        while !left.isEmpty {
            let before = state.withLock { $0.offsets }
            let start = areErrors ? before.errorsOffset : before.offset
            let piece = ShellOutput(
                offset: before.offset, output: areErrors ? Data() : Data(left), errorsOffset: before.errorsOffset,
                errors: areErrors ? Data(left) : Data())
            do {
                let taken = try await connection.printInShell(number, piece, waitSeconds: Self.waitSeconds)
                trouble.isOver()
                let end = areErrors ? taken.errorsOffset : taken.offset
                left = left.dropFirst(Int(max(0, end - start)))
                state.withLock { state in
                    if areErrors { state.offsets.errorsOffset = max(start, end) } else { state.offsets.offset = max(start, end) }
                }
            } catch {
                try await trouble.met(error)
            }
        }
    }

    /// The last word.
    private func tell(status: Int?, failure: String?) async throws {
        let offsets = state.withLock { $0.offsets }
        let last = ShellOutput(
            offset: offsets.offset, errorsOffset: offsets.errorsOffset, exitStatus: failure == nil ? status ?? 255 : nil, failure: failure)
        var trouble = Trouble(limit: Self.giveUpLimit)
        while true {
            do {
                _ = try await connection.printInShell(number, last, waitSeconds: 0)
                return
            } catch {
                do { try await trouble.met(error) } catch let error as CancellationError { throw error } catch {
                    log.info("nobody is told how a shell ended", metadata: ["error": "\(error)"])
                    return
                }
            }
        }
    }
}

/// Whether a call that failed is made again: for some time, unless the server says that there is no such shell.
private struct Trouble {
    let limit: Duration
    private var since: ContinuousClock.Instant?
    private var backoff = Backoff()

    init(limit: Duration) { self.limit = limit }

    mutating func isOver() {
        since = nil
        backoff.reset()
    }

    /// Waits, or throws that it is for good.
    mutating func met(_ error: any Error) async throws {
        try Task.checkCancellation()
        let now = ContinuousClock.now
        let began = since ?? now
        since = began
        guard ServerRefusal(error) == .tryAgain, now - began < limit else { throw error }
        try await Task.sleep(for: backoff.next())
    }
}
