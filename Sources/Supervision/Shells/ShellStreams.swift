import CLinux
import Glibc
import Synchronization

/// The input and the output of a shell: a terminal, or three pipes.
final class ShellStreams: Sendable {
    private static let pieceBytes = 64 << 10
    private static let lookMilliseconds: Int32 = 250

    let childInput: Int32
    let childOutput: Int32
    let childErrors: Int32
    /// Where its output is read.
    let output: Int32
    /// Where its errors are read; nil on a terminal, where they are part of the output.
    let errors: Int32?

    private let isTerminal: Bool
    private struct Open {
        /// Where its input is written; nil once that has been ended.
        var input: Int32?
        var childEnds: [Int32]
    }

    private let open: Mutex<Open>

    init(isTerminal: Bool) throws {
        self.isTerminal = isTerminal
        if isTerminal {
            var leader: Int32 = -1
            var path = [CChar](repeating: 0, count: 128)
            try SystemError.check("make a terminal") { nsml_open_terminal(&leader, &path, path.count) }
            let follower: Int32
            do {
                follower = try SystemError.check("open the terminal") { Glibc.open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) }
            } catch {
                Glibc.close(leader)
                throw error
            }
            (childInput, childOutput, childErrors, output, errors) = (follower, follower, follower, leader, nil)
            open = Mutex(Open(input: leader, childEnds: [follower]))
        } else {
            let pipes = try Self.pipes(3)
            (childInput, childOutput, childErrors) = (pipes[0].0, pipes[1].1, pipes[2].1)
            (output, errors) = (pipes[1].0, pipes[2].0)
            open = Mutex(Open(input: pipes[0].1, childEnds: [childInput, childOutput, childErrors]))
        }
        // A program that does not read what is typed must not hold us.
        if let descriptor = open.withLock({ $0.input }) { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
    }

    private static func pipes(_ count: Int) throws -> [(Int32, Int32)] {
        var made: [(Int32, Int32)] = []
        do {
            for _ in 0..<count {
                var ends: [Int32] = [-1, -1]
                try SystemError.check("make a pipe") { pipe(&ends) }
                for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                made.append((ends[0], ends[1]))
            }
            return made
        } catch {
            for ends in made { [ends.0, ends.1].forEach { Glibc.close($0) } }
            throw error
        }
    }

    /// The program has its own by now.
    func closeChildEnds() {
        open.withLock { open in
            open.childEnds.forEach { Glibc.close($0) }
            open.childEnds = []
        }
    }

    func close() {
        closeChildEnds()
        endInput()
        Glibc.close(output)
        if let errors { Glibc.close(errors) }
    }

    func setWindow(rows: Int, columns: Int) {
        guard isTerminal else { return }
        // One that does not fit is cut: nobody has such a window.
        _ = nsml_set_window(output, UInt16(clamping: rows), UInt16(clamping: columns))
    }

    /// Nothing more comes. A terminal stays open, since its output is read from it.
    func endInput() {
        guard !isTerminal else { return }
        open.withLock { open in
            if let input = open.input { Glibc.close(input) }
            open.input = nil
        }
    }

    /// Writes all of it, however slowly the program reads. Blocks. False when it reads no more.
    func write(_ bytes: [UInt8], unless isOver: () -> Bool) -> Bool {
        guard let descriptor = open.withLock({ $0.input }) else { return false }
        var left = bytes[...]
        while !left.isEmpty {
            let count = left.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                left = left.dropFirst(count)
            } else if errno == EAGAIN {
                if isOver() { return false }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, Self.lookMilliseconds)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// The next bytes, empty at the end. Blocks until there are some; once the program is over, what its children still print is
    /// waited for so long.
    static func read(_ descriptor: Int32, drainMilliseconds: Int32, isOver: () -> Bool) -> [UInt8] {
        while true {
            let wasOver = isOver()
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, wasOver ? drainMilliseconds : lookMilliseconds)
            if ready == 0, wasOver { return [] }
            guard ready > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: pieceBytes)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 { return Array(buffer[..<count]) }
            // A terminal whose last program has closed it says so with an error.
            if count == 0 || (errno != EINTR && errno != EAGAIN) { return [] }
        }
    }
}
