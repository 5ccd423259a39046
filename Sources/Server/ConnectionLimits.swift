import NIOCore
import Synchronization

/// What a connection may cost before it is cut off.
package struct ConnectionLimits: Sendable {
    /// So long we wait, all in all, for the head of a request, TLS's handshake before the first one included.
    package var headSeconds: Double = 10
    /// So long we wait for its body, all in all, and a second more for every `bodyBytesPerSecond` that came.
    package var bodySeconds: Double = 10
    package var bodyBytesPerSecond: Double = 1000
    /// So long one who has his answer may go on sending the request. Closed at once, he would see a broken connection instead.
    package var lingerSeconds: Double = 5
    /// So long one who reads nothing of his answer is kept.
    package var unreadSeconds: Double = 60
    /// A connection between two requests is closed after this; one that waits in a request is not idle.
    package var idleSeconds: Double = 60
    /// Connections at a time from one address. This machine's own are not counted: a proxy speaks for many.
    package var perAddress = 256
    package var countsLoopback = false
    /// Connections at a time, all in all: what is left of the files that a process may have open serves the platform itself.
    package var total = 8192

    package init() {}
}

/// Counts connections, by address and all in all.
final class ConnectionCounter: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [String: Int] = [:]
    }

    private let limits: ConnectionLimits
    private let counts = Mutex(Counts())

    init(_ limits: ConnectionLimits) { self.limits = limits }

    /// Whether one more may come from there. Whoever was let in is told of by `left` later.
    ///
    /// - Parameter address: nil: not over the network.
    func enter(from address: String?) -> Bool {
        counts.withLock { counts in
            guard counts.total < limits.total else { return false }
            if let address, isCounted(address) {
                let count = counts.byAddress[address, default: 0]
                guard count < limits.perAddress else { return false }
                counts.byAddress[address] = count + 1
            }
            counts.total += 1
            return true
        }
    }

    func left(_ address: String?) {
        counts.withLock { counts in
            counts.total -= 1
            guard let address, let count = counts.byAddress[address] else { return }
            counts.byAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    private func isCounted(_ address: String) -> Bool {
        limits.countsLoopback || !(address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127."))
    }
}
