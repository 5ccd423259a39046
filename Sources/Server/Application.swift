package import Hummingbird
import HummingbirdCore
package import Logging
package import Platform
import ServiceLifecycle

/// Where and as whom the server listens.
package struct ServerConfiguration: Sendable {
    package enum Place: Sendable {
        case port(host: String, port: Int)
        /// A socket in the data directory: who may open it, and no page of a browser may, need not say a name.
        case socket(path: String)
    }

    package var place: Place
    /// Further names under which it may be addressed.
    package var allowedHosts: [String]
    /// A directory that the page's files are read from with each request, for those who work on it; nil: those in the program.
    package var pageDirectory: String?
    /// Nil: without TLS.
    package var certificate: ServerCertificate?
    package var limits = ConnectionLimits()

    package init(
        host: String, port: Int, allowedHosts: [String] = [], pageDirectory: String? = nil, certificate: ServerCertificate? = nil
    ) {
        place = .port(host: host, port: port)
        self.allowedHosts = allowedHosts
        self.pageDirectory = pageDirectory
        self.certificate = certificate
    }

    package init(socketPath: String) {
        place = .socket(path: socketPath)
        allowedHosts = []
    }
}

/// Puts HTTP in front of a platform.
///
/// - Parameter onListening: called once the port is open.
package func buildApplication(
    platform: Platform, configuration: ServerConfiguration, logger: Logger, onListening: @escaping @Sendable () async -> Void = {}
) -> some ApplicationProtocol {
    let router = Router(context: CallContext.self)
    let address: BindAddress
    let cookie: BrowserCookie
    switch configuration.place {
    case .port(let host, let port):
        address = .hostname(host, port: port)
        cookie = BrowserCookie(port: port, isSecure: configuration.certificate != nil)
        router.add(middleware: Gate(hosts: AllowedHosts(port: port, names: configuration.allowedHosts + [host])))
    case .socket(let path):
        address = .unixDomainSocket(path: path)
        cookie = BrowserCookie(port: 0)
        router.add(middleware: Gate(hosts: nil))
    }
    let page = configuration.pageDirectory.map(PageFiles.init(directory:)) ?? PageFiles()
    let limiter = RateLimiter()
    makeRoutes(platform, page: page, cookie: cookie, limiter: limiter)
        .register(in: router, users: platform.users, cookie: cookie, limiter: limiter, audit: platform.audit)
    return Application(
        router: router,
        server: HTTPServerBuilder { responder in
            ConnectionChannel(responder: responder, certificate: configuration.certificate, limits: configuration.limits)
        },
        configuration: .init(address: address, serverName: nil),
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
    routes.addMediaRoutes(platform)
    routes.addTensorBoardRoutes(platform, limiter)
    routes.addCheckpointRoutes(platform)
    routes.addQuestionRoutes(platform)
    routes.addShellRoutes(platform)
    routes.addSupervisorRoutes(platform)
    return routes
}
