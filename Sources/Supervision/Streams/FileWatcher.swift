import Foundation
import Glibc
import Synchronization

/// Tells at once when a file of some directories has been written to: a thread that waits on inotify, so that a quiet
/// session costs nothing. As a safeguard everybody is woken every second too.
final class FileWatcher: Sendable {
    private struct Subscriber {
        var name: String
        var continuation: AsyncStream<Void>.Continuation
    }

    private struct State {
        var subscribers: [Int: Subscriber] = [:]
        var nextId = 0
        var isStopped = false
    }

    private static let safeguardMilliseconds: Int32 = 1000
    /// Without inotify everybody is woken so often instead.
    private static let pollMilliseconds: Int32 = 100

    private let inotify: Int32
    /// A pipe: a byte in it tells the thread to end.
    private let wakeUp: (read: Int32, write: Int32)
    private let state = Mutex(State())

    /// - Parameter directories: those that hold the files; each must be there.
    init(directories: [String]) throws(SystemError) {
        // A user may have 128 of these by default: -1 for the next, and then we look by ourselves.
        inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        var ends: [Int32] = [-1, -1]
        try SystemError.check("watch files") { pipe(&ends) }
        wakeUp = (ends[0], ends[1])
        for directory in directories {
            // Without a watch (their number is limited for each user) the safeguard still wakes.
            _ = inotify_add_watch(inotify, directory, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE))
        }
        Thread.detachNewThread { [self] in run() }
    }

    deinit {
        if inotify >= 0 { close(inotify) }
        close(wakeUp.read)
        close(wakeUp.write)
    }

    /// A wake-up whenever the file `name` may have changed, the first one now; several may come as one. Ends with the watcher.
    func changes(of name: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state -> Int? in
            guard !state.isStopped else { return nil }
            state.nextId += 1
            state.subscribers[state.nextId] = Subscriber(name: name, continuation: continuation)
            return state.nextId
        }
        continuation.yield()
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.subscribers[id] = nil } }
        return stream
    }

    /// Wakes everybody who waits for `name`.
    func poke(_ name: String) {
        for subscriber in state.withLock({ $0.subscribers.values.filter { $0.name == name } }) { subscriber.continuation.yield() }
    }

    /// Ends all streams and the thread.
    func stop() {
        let subscribers = state.withLock { state in
            state.isStopped = true
            defer { state.subscribers = [:] }
            return Array(state.subscribers.values)
        }
        subscribers.forEach { $0.continuation.finish() }
        _ = write(wakeUp.write, [0], 1)
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while !state.withLock({ $0.isStopped }) {
            var descriptors = [
                pollfd(fd: inotify, events: Int16(POLLIN), revents: 0), pollfd(fd: wakeUp.read, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, inotify < 0 ? Self.pollMilliseconds : Self.safeguardMilliseconds) > 0 else {
                wake(nil)
                continue
            }
            let count = read(inotify, &buffer, buffer.count)
            if count > 0 { wake(Self.names(in: buffer[..<count])) }
        }
    }

    private func wake(_ names: Set<String>?) {
        let woken = state.withLock { state in state.subscribers.values.filter { names?.contains($0.name) ?? true } }
        woken.forEach { $0.continuation.yield() }
    }

    /// The names in a buffer of inotify events: each has 16 bytes of head, the last four of which are the name's length.
    private static func names(in buffer: ArraySlice<UInt8>) -> Set<String> {
        var names: Set<String> = []
        buffer.withUnsafeBytes { bytes in
            var position = 0
            while position + 16 <= bytes.count {
                let length = Int(bytes.loadUnaligned(fromByteOffset: position + 12, as: UInt32.self))
                guard position + 16 + length <= bytes.count else { return }
                let name = bytes[(position + 16)..<(position + 16 + length)].prefix { $0 != 0 }
                names.insert(String(decoding: name, as: UTF8.self))
                position += 16 + length
            }
        }
        return names
    }
}
