import Glibc
import Synchronization

/// A connected socket that speaks messages: a line of JSON, then as many raw bytes as the line's `length` says. Calls block;
/// `close` from another thread ends them.
final class SocketStream: Sendable {
    static let maximumHeaderBytes = 64 << 10
    static let maximumBodyBytes = 64 << 20

    private let descriptor: Int32
    /// Bytes read beyond the last message.
    private let rest = Mutex<[UInt8]>([])

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    /// How long a single read or write may take before it fails; for ever until this is called.
    func limit(_ duration: Duration) {
        var time = timeval(tv_sec: Int(duration.components.seconds), tv_usec: Int(duration.components.attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    /// Ends all reading and writing, here and on other threads.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func write(_ bytes: [UInt8]) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            done += try SystemError.check("write to a socket") {
                bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// The bytes up to the next newline, without it; nil when the other side has closed.
    func readLine() throws(SystemError) -> [UInt8]? {
        while true {
            let line = rest.withLock { rest -> [UInt8]? in
                guard let newline = rest.firstIndex(of: 0x0A) else { return nil }
                defer { rest.removeFirst(newline + 1) }
                return Array(rest[..<newline])
            }
            if let line { return line }
            guard rest.withLock({ $0.count }) <= Self.maximumHeaderBytes else { throw SystemError("read a message", code: EMSGSIZE) }
            guard try fill() else { return nil }
        }
    }

    func readBody(_ count: Int) throws(SystemError) -> [UInt8] {
        guard (0...Self.maximumBodyBytes).contains(count) else { throw SystemError("read a message", code: EMSGSIZE) }
        while rest.withLock({ $0.count }) < count {
            guard try fill() else { throw SystemError("read a message", code: ECONNRESET) }
        }
        return rest.withLock { rest in
            defer { rest.removeFirst(count) }
            return Array(rest[..<count])
        }
    }

    /// Reads what there is; false at the end.
    private func fill() throws(SystemError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = try SystemError.check("read from a socket") { recv(descriptor, &buffer, buffer.count, 0) }
        rest.withLock { $0 += buffer[..<count] }
        return count > 0
    }
}
