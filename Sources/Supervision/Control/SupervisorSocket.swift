import API
import CLinux
import Foundation
import Glibc
import Logging
import Synchronization

/// Listens in the shared directory for what the library asks of the supervisor: where a checkpoint lies that it wants to
/// load. One thread accepts, and each connection has one.
final class SupervisorSocket: Sendable {
    /// No session needs more at once; further connections wait to be accepted.
    private static let maximumConnections = 8

    /// Lays out a checkpoint and answers with its directory, relative to the shared one.
    typealias Loading = @Sendable (_ session: String?, _ name: String) async throws -> String

    private let descriptor: Int32
    private let load: Loading
    private let log: Logger
    private let connections = Mutex<[ObjectIdentifier: SocketStream]>([:])
    private let isStopped = Atomic<Bool>(false)

    /// - Parameter userId: who may connect beside ourselves.
    init(share: OpenDirectory, userId: UInt32?, log: Logger, load: @escaping Loading) throws {
        // Left by an earlier supervisor.
        try share.remove(Share.supervisorSocket)
        descriptor = try SystemError.check("listen in the session's directory") {
            nsml_unix_listen(share.descriptor, Share.supervisorSocket)
        }
        if let userId {
            try SystemError.check("change the owner") {
                fchownat(share.descriptor, Share.supervisorSocket, userId, userId, AT_SYMLINK_NOFOLLOW)
            }
        }
        self.load = load
        self.log = log
        Thread.detachNewThread { [self] in accept() }
    }

    deinit { close(descriptor) }

    /// Ends the threads and their connections.
    func stop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        shutdown(descriptor, Int32(SHUT_RDWR))
        for stream in connections.withLock({ $0.values }) { stream.end() }
    }

    private func accept() {
        while !isStopped.load(ordering: .sequentiallyConsistent) {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 1000) > 0, connections.withLock({ $0.count }) < Self.maximumConnections else { continue }
            let connection = Glibc.accept(descriptor, nil, nil)
            guard connection >= 0 else { continue }
            let stream = SocketStream(owning: connection)
            connections.withLock { $0[ObjectIdentifier(stream)] = stream }
            Thread.detachNewThread { [self] in
                serve(stream)
                connections.withLock { $0[ObjectIdentifier(stream)] = nil }
            }
        }
    }

    private func serve(_ stream: SocketStream) {
        do {
            while let (request, _) = try stream.receive(ControlRequest.self, length: \.length) {
                try stream.send(answer(request))
            }
        } catch {
            log.debug("a connection from the session ended", metadata: ["error": "\(error)"])
        }
    }

    /// Waits on this thread for the asynchronous answer.
    private func answer(_ request: ControlRequest) -> ControlResponse {
        guard request.command == "checkpoint" else {
            return ControlResponse(
                id: request.id, ok: false, code: Failure.Code.invalidRequest.rawValue, message: "there is no command '\(request.command)'",
                length: 0)
        }
        let session = request.parameters?["session"] ?? nil
        guard let name = request.parameters?["name"] ?? nil else {
            return ControlResponse(
                id: request.id, ok: false, code: Failure.Code.invalidRequest.rawValue, message: "no name was given", length: 0)
        }
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<String, any Error>>(.failure(CancellationError()))
        Task { [load] in
            let result: Result<String, any Error>
            do { result = .success(try await load(session, name)) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        switch outcome.withLock({ $0 }) {
        case .success(let directory):
            return ControlResponse(id: request.id, ok: true, parameters: ["directory": directory], length: 0)
        case .failure(let error):
            let failure = error as? Failure ?? Failure(.internal, "\(error)")
            return ControlResponse(id: request.id, ok: false, code: failure.code.rawValue, message: failure.message, length: 0)
        }
    }
}
