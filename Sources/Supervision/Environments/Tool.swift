import API
import CLinux
import Glibc

/// A program that is run to its end.
struct Tool: Sendable {
    /// The program's path, then its arguments.
    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]
    var directory: String = "/"
    /// What it reads from its standard input.
    var input: [UInt8] = []
    /// Whom to become first; nil: nobody else.
    var userId: UInt32?

    private static let maximumOutputBytes = 1 << 20

    /// How it ended: the exit status, or 128 and the signal.
    struct Ended: Error, CustomStringConvertible {
        var program: String
        var status: Int32
        var output: [UInt8]

        var description: String { "\(program) ended with status \(status): \(String(decoding: output.suffix(400), as: UTF8.self))" }
    }

    /// What it prints, standard error included. Throws `Ended` when it fails.
    func output(limit: Duration) async throws -> [UInt8] {
        try await onOwnThread { try read(limit: limit) }
    }

    private func read(limit: Duration) throws -> [UInt8] {
        var ends: [Int32] = [-1, -1]
        try SystemError.check("make a pipe") { pipe(&ends) }
        defer { close(ends[0]) }
        let file = input.withUnsafeBytes { nsml_memory_file("input", $0.baseAddress, $0.count) }
        let input = try SystemError.check("make a file in memory") { file }
        defer { close(input) }
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try Spawning(
                arguments: arguments, environment: environment, directory: directory, input: input, output: ends[1], userId: userId
            ).start()
        }
        let (bytes, isWhole) = Self.read(ends[0], limit: limit)
        if !isWhole { kill(-child, SIGKILL) }
        let status = Self.wait(for: child)
        guard status == 0 else { throw Ended(program: arguments.first ?? "", status: status, output: bytes) }
        return bytes
    }

    /// What a program prints to a pipe, and whether that is all: it ended within the limit, and did not print too much. Blocks.
    static func read(_ descriptor: Int32, limit: Duration) -> (bytes: [UInt8], isWhole: Bool) {
        let clock = ContinuousClock()
        let end = clock.now + limit
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let left = end - clock.now
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let isReady = left > .zero && poll(&waiting, 1, Int32(left / .milliseconds(1)) + 1) > 0
            guard isReady, bytes.count < Self.maximumOutputBytes else { return (bytes, false) }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return (bytes, true) }
            bytes += buffer[..<count]
        }
    }

    /// The exit status, or 128 and the signal. Blocks.
    static func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            if errno != EINTR { return 127 }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
