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
            EXAMPLES
              nsml server                                    # data in ~/.local/share/nsml, port 7777 on this machine only
              CUDA_VISIBLE_DEVICES=0,1 nsml server          # only these GPUs
              nsml server --listen 0.0.0.0:7777 --insecure   # behind a TLS proxy

            It runs until SIGTERM or SIGINT. Sessions are not its children: they go on while it is down, and are taken up
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
        let application = buildApplication(
            platform: running.platform,
            configuration: ServerConfiguration(
                host: running.address.host, port: running.address.port, allowedHosts: settings.allowedHosts, pageDirectory: settings.web),
            logger: logger
        ) {
            do {
                try running.announce()
            } catch {
                logger.error("the server cannot write down where it listens", metadata: ["error": "\(error)"])
            }
        }
        try await running.platform.begin()
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: running.platform.housekeeping),
                .init(service: running.platform.scrub),
                .init(service: application),
                .init(service: WakingService(platform: running.platform)),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // What still talks to us after this is cut off: nothing that was acknowledged depends on it.
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        try await group.run()
        try running.finish()
    }
}
