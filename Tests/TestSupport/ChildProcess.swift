import API
import CLinux
import Foundation
import Glibc
import Synchronization

/// A program that a test starts, in a session of its own. It gets its three standard streams and no other descriptor of ours.
package final class ChildProcess: Sendable {
    /// Where a standard stream leads.
    package enum Stream: Sendable {
        case nothing, inherited
        /// Written at its end; made when it is not there.
        case file(String)
        /// The caller's, who closes it.
        case descriptor(Int32)
    }

    package let processIdentifier: Int32
    private let status = Mutex<Int32?>(nil)
    private let ended = DispatchGroup()

    /// Starts the program with the path `arguments[0]`; `environment` nil is ours.
    package init(
        _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil, input: Stream = .nothing,
        output: Stream = .inherited, errors: Stream = .inherited
    ) throws {
        var opened: [Int32] = []
        defer { opened.forEach { close($0) } }
        func descriptor(_ stream: Stream, _ own: Int32) throws -> Int32 {
            let path: String
            switch stream {
            case .descriptor(let descriptor): return descriptor
            case .inherited: path = "standard stream \(own)"
            case .nothing: path = "/dev/null"
            case .file(let file): path = file
            }
            if case .inherited = stream {
                // A copy: the numbers below 3 are being exchanged while the others are put in their places.
                opened.append(fcntl(own, F_DUPFD_CLOEXEC, 3))
            } else {
                opened.append(open(path, own == STDIN_FILENO ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600))
            }
            guard let last = opened.last, last >= 0 else {
                throw Failure(.localError, "cannot open '\(path)': \(String(cString: strerror(errno)))")
            }
            return last
        }
        var request = nsml_spawn_request()
        request.input = try descriptor(input, STDIN_FILENO)
        request.output = try descriptor(output, STDOUT_FILENO)
        request.errors = try descriptor(errors, STDERR_FILENO)
        (request.user_id, request.group_id, request.mask) = (-1, -1, 0o022)
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        let words = arguments.map { strdup($0) } + [nil]
        let settings = variables.map { strdup($0) } + [nil]
        let folder = directory.map { strdup($0) } ?? nil
        defer { (words + settings + [folder]).forEach { free($0) } }
        request.path = UnsafePointer(words[0])
        request.directory = UnsafePointer(folder)
        let result = words.withUnsafeBufferPointer { words in
            settings.withUnsafeBufferPointer { settings in
                request.arguments = words.baseAddress
                request.environment = settings.baseAddress
                return nsml_spawn(&request)
            }
        }
        guard result.error == 0 else {
            throw Failure(.localError, "cannot start '\(arguments.first ?? "")': \(String(cString: strerror(result.error)))")
        }
        let child = result.pid
        processIdentifier = child
        ended.enter()
        Thread.detachNewThread { [self] in
            var found: Int32 = 0
            while waitpid(processIdentifier, &found, 0) < 0, errno == EINTR {}
            status.withLock { $0 = found & 0x7F == 0 ? found >> 8 & 0xFF : 128 + found & 0x7F }
            ended.leave()
        }
    }

    package var isRunning: Bool { status.withLock { $0 == nil } }

    /// The exit status, or 128 and the signal. Blocks until the program has ended.
    @discardableResult
    package func waitUntilExit() -> Int32 {
        ended.wait()
        return status.withLock { $0 ?? -1 }
    }

    /// The same without blocking a thread.
    package func exitStatus() async -> Int32 {
        await withCheckedContinuation { continuation in ended.notify(queue: .global()) { continuation.resume() } }
        return status.withLock { $0 ?? -1 }
    }

    package func send(_ signal: Int32) {
        // Only while it is not collected its number is its own.
        status.withLock { if $0 == nil { kill(processIdentifier, signal) } }
    }

    /// Runs a program to its end and returns what it wrote to its standard output.
    package static func output(of arguments: [String], status: inout Int32) throws -> [UInt8] {
        let pipe = Pipe()
        let child = try ChildProcess(arguments, output: .descriptor(pipe.fileHandleForWriting.fileDescriptor), errors: .nothing)
        try pipe.fileHandleForWriting.close()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        status = child.waitUntilExit()
        return [UInt8](bytes)
    }
}
