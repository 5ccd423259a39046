package import Hummingbird
package import Logging
package import Platform
import ServiceLifecycle

/// Where and as whom the server listens.
package struct ServerConfiguration: Sendable {
    package var host: String
    package var port: Int
    /// Further names under which it may be addressed.
    package var allowedHosts: [String]
    /// A directory that the page's files are read from with each request, for those who work on it; nil: those in the program.
    package var pageDirectory: String?

    package init(host: String, port: Int, allowedHosts: [String] = [], pageDirectory: String? = nil) {
        self.host = host
        self.port = port
        self.allowedHosts = allowedHosts
        self.pageDirectory = pageDirectory
    }
}

/// Puts HTTP in front of a platform.
///
/// - Parameter onListening: called once the port is open.
package func buildApplication(
    platform: Platform, configuration: ServerConfiguration, logger: Logger, onListening: @escaping @Sendable () async -> Void = {}
) -> some ApplicationProtocol {
    let router = Router(context: CallContext.self)
    router.add(middleware: Gate(hosts: AllowedHosts(port: configuration.port, names: configuration.allowedHosts + [configuration.host])))
    let page = configuration.pageDirectory.map(PageFiles.init(directory:)) ?? PageFiles()
    let cookie = BrowserCookie(port: configuration.port)
    let limiter = RateLimiter()
    makeRoutes(platform, page: page, cookie: cookie, limiter: limiter)
        .register(in: router, users: platform.users, cookie: cookie, limiter: limiter, audit: platform.audit)
    return Application(
        router: router,
        // A connection between two requests is closed after a minute; one that waits in a request is not idle.
        server: .http1(
            configuration: .init(
                idleTimeout: .seconds(60),
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))),
        configuration: .init(address: .hostname(configuration.host, port: configuration.port), serverName: nil),
        onServerRunning: { _ in await onListening() }, logger: logger)
}

/// All routes with their handlers.
func makeRoutes(_ platform: Platform, page: PageFiles, cookie: BrowserCookie, limiter: RateLimiter) -> RouteTable {
    var routes = RouteTable()
    routes.addPlatformRoutes(platform)
    routes.addIntegrityRoutes(platform)
    routes.addPageRoutes(platform, page, cookie, limiter)
    routes.addUserRoutes(platform)
    routes.addContentRoutes(platform)
    routes.addDatasetRoutes(platform)
    routes.addBoardRoutes(platform)
    routes.addSessionRoutes(platform)
    routes.addLiveRoutes(platform)
    routes.addCheckpointRoutes(platform)
    routes.addQuestionRoutes(platform)
    routes.addSupervisorRoutes(platform)
    return routes
}
