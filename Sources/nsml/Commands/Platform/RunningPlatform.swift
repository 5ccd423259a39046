import API
import Client
import Content
import Foundation
import Glibc
import Hardware
import Logging
import Platform
import Server
import ServiceLifecycle
import Store
import Supervision

/// A platform put together on this machine from the operator's settings.
final class RunningPlatform: Sendable {
    let platform: Platform
    let address: ListenAddress
    /// Nil: without TLS.
    let certificate: ServerCertificate?
    /// With TLS: where supervisors and this machine's administrator reach the server.
    let socketPath: String?

    /// Ends when the disk has failed.
    let diskFailure: AsyncStream<Never>

    private let directory: DataDirectory
    private let lock: Int32

    init(settings: ServerSettings, logger: Logger) async throws {
        address = try ListenAddress(parsing: settings.listen).resolved(before: settings.dataLocation.lastServer()?.url)
        certificate = try settings.certificate(logger: logger)
        guard address.isLoopback || certificate != nil || settings.insecure else {
            throw Failure(
                .invalidValue, "listening on \(address.host) without TLS would show tokens and data to the network",
                hint: "say --tls-certificate FILE and --tls-key FILE; or put a TLS proxy in front and listen on 127.0.0.1; or say "
                    + "--insecure if the network is yours")
        }
        if !address.isLoopback, certificate == nil {
            logger.warning(
                "listening without TLS beyond this machine: tokens and data can be read on the network", metadata: ["address": "\(address)"]
            )
        }
        umask(0o077)
        directory = try DataDirectory(URL(filePath: settings.dataLocation.path))
        lock = try directory.lock()
        try address.checkFree()
        SpaceReserve(directory).spendForStart()
        socketPath = certificate == nil ? nil : UnixSocket.reachable(directory.socket.path(percentEncoded: false))
        let monitor = DeviceMonitor()
        let node = Machine.discover(
            name: Self.hostName(), declaredGPUs: settings.gpus, declaredCPUs: settings.cpus, devices: monitor.devices())
        let isRoot = geteuid() == 0
        let firstUserId: UInt32? = isRoot ? settings.firstUserId : nil
        let (sandbox, sandboxNotes) = try await settings.sandboxChoice(userId: firstUserId)
        var configuration = PlatformConfiguration(
            dataDirectory: directory.root, serverURL: Self.process(address, certificate, directory).nearestURL, node: node,
            sandbox: sandbox, firstUserId: firstUserId, libraryDirectory: try PythonLibrary.install(into: directory.library))
        configuration.notes = monitor.notes + sandboxNotes
        configuration.reservedDiskBytes = try settings.diskReserve.bytes(at: directory.root.path(percentEncoded: false))
        configuration.inferIdleSeconds = settings.inferIdleSeconds
        for note in configuration.notes { logger.notice("\(note)") }
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        diskFailure = stream
        platform = Platform(
            configuration: configuration,
            store: try Store(directory: directory.root, logger: logger) { continuation.finish() },
            content: try ContentStore(directory: directory.content), directory: directory, executor: LocalExecutor(),
            deviceUsage: { monitor.usage() }, logger: logger)
        try await makeFirstAdministrator(named: settings.administratorName, logger: logger)
    }

    /// Writes down where the server listens, for `nsml up`, `down` and `status`.
    func announce() throws {
        try DurableFile.write(json: Self.process(address, certificate, directory), to: directory.serverFile.path, pretty: true)
    }

    private static func process(
        _ address: ListenAddress, _ certificate: ServerCertificate?, _ directory: DataDirectory
    ) -> ServerProcess {
        let startTime = DataLocation.startTime(of: getpid()) ?? 0
        guard let certificate else { return ServerProcess(pid: getpid(), startTime: startTime, url: "http://\(address.reachable)") }
        return ServerProcess(
            pid: getpid(), startTime: startTime, url: "https://\(address.reachable)",
            localURL: UnixSocket.url(of: directory.socket.path(percentEncoded: false)), certificate: certificate.fingerprint)
    }

    func finish() throws {
        try platform.close()
        close(lock)
    }

    /// The first start makes an administrator, whose token lies in a file of its owner's alone until `nsml up` or the
    /// operator has taken it.
    private func makeFirstAdministrator(named name: String, logger: Logger) async throws {
        let file = directory.root.appending(path: "first-token")
        guard platform.isWritable,
            try await platform.users.makeFirstAdministrator(
                named: UserName(parsing: name), keep: { try DurableFile.write("\($0)\n".utf8, to: file.path) })
        else { return }
        logger.notice(
            "made the administrator; the token is told once, in this file", metadata: ["user": "\(name)", "file": "\(file.path)"])
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Starts supervisors on this machine.
struct LocalExecutor: Executor {
    func startSupervisor(in directory: URL) throws {
        try SupervisorLauncher.launch(executable: Self.executable, directory: directory.path)
    }

    func isRunning(_ directory: URL) -> Bool { SupervisorLauncher.isShimAlive(directory: directory.path) }

    func isSupervised(_ directory: URL) -> Bool {
        SupervisorLauncher.isAlive(directory: directory.path)
    }

    func end(in directory: URL) async throws -> Bool {
        try await SessionEnding.end(directory: directory.path)
    }

    func sweep(_ directory: DataDirectory, live: Set<Digest>, active: Set<Int64>) async throws {
        let sweep = NodeSweep(
            sessions: directory.sessions.path, trees: directory.trees.path, environments: directory.environments.path, live: live,
            active: active)
        try await sweep.onOwnThread()
    }

    /// This program itself, also when it was replaced on disk by a newer one: supervisors are of the server's own version.
    private static var executable: String {
        let link = "/proc/self/exe"
        // Not readable only where /proc is not mounted; then the name we were called by must do.
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return CommandLine.arguments[0] }
        // The kernel's mark for a file that has lost its name; the link still leads to it.
        return path.hasSuffix(" (deleted)") ? link : path
    }
}

/// Wakes all waiting requests when the server goes down, so that none of them holds it up.
struct WakingService: Service {
    let platform: Platform

    func run() async throws {
        try? await gracefulShutdown()
        platform.beginShutdown()
    }
}
