import API
import Glibc

/// A system call that failed, with what it was for. It becomes a `Failure` where it reaches a person.
struct SystemError: Error, CustomStringConvertible {
    /// As in "open /a/b".
    var action: String
    var code: Int32

    init(_ action: String, code: Int32 = errno) {
        self.action = action
        self.code = code
    }

    var description: String { "\(action): \(String(cString: strerror(code)))" }

    /// Whether it is that nobody listens at a socket: its file is not there, or left behind.
    var meansNobodyListens: Bool { code == ENOENT || code == ECONNREFUSED }

    /// Runs `call` again while it is interrupted; throws when it answers -1.
    @discardableResult
    static func check<Value: SignedInteger>(_ action: @autoclosure () -> String, _ call: () -> Value) throws(SystemError) -> Value {
        while true {
            let value = call()
            if value >= 0 { return value }
            let code = errno
            if code != EINTR { throw SystemError(action(), code: code) }
        }
    }
}
