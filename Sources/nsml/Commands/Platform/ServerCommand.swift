import API
import ArgumentParser
import Foundation
import Logging
import Platform
import Server
import ServiceLifecycle
import UnixSignals

/// `nsml server`: the platform in the foreground, for systemd and for `nsml up`.
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Run the platform in the foreground.",
        discussion: """
            EXAMPLES:
              nsml server                             # port 7777, this machine only
              CUDA_VISIBLE_DEVICES=0,1 nsml server    # only these GPUs
              nsml server --listen 0.0.0.0:7777 --tls-certificate cert.pem --tls-key key.pem

            It runs until SIGTERM or SIGINT, or until its disk reports an error: then it ends with status 74, so that systemd starts \
            it again, and it goes on with what is on disk. Sessions are not its children: they go on while it is down, and are taken up \
            again when it is back. 'nsml up' runs it in the background.
            """)

    @OptionGroup var settings: ServerSettings

    func run() async throws {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .info
            return handler
        }
        let logger = Logger(label: "nsml.server")
        let running = try await RunningPlatform(settings: settings, logger: logger)
        let announce: @Sendable () -> Void = {
            do {
                try running.announce()
            } catch {
                logger.error("the server cannot write down where it listens", metadata: ["error": "\(error)"])
            }
        }
        let application = buildApplication(
            platform: running.platform,
            configuration: ServerConfiguration(
                host: running.address.host, port: running.address.port, allowedHosts: settings.allowedHosts,
                pageDirectory: settings.web, certificate: running.certificate),
            logger: logger, onListening: announce)
        try await running.platform.begin()
        var services = running.platform.chores
        if let certificate = running.certificate, let socketPath = running.socketPath {
            logger.notice("speaking TLS", metadata: ["certificate": "\(certificate.fingerprint)"])
            services.append(
                buildApplication(platform: running.platform, configuration: ServerConfiguration(socketPath: socketPath), logger: logger))
            services.append(CertificateReload(certificate: certificate, onChange: announce))
        }
        services += [application, WakingService(platform: running.platform)]
        let watch = ServiceGroupConfiguration.ServiceConfiguration(
            service: DiskWatch(failure: running.diskFailure), failureTerminationBehavior: .gracefullyShutdownGroup)
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) } + [watch], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // What still talks to us after this is cut off: nothing that was acknowledged depends on it.
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
        } catch is DiskWatch.Failed {
            logger.critical("the disk has reported an error; start the server again once it is well: nothing that was confirmed is lost")
            throw ExitCode(ExitStatus.diskFailed)
        }
        try running.finish()
    }
}
