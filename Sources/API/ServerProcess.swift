/// What a server on this machine says of itself in a file of its data directory, so that `nsml down` and supervisors find it,
/// wherever it listens this time. The file stays when the server has gone.
package struct ServerProcess: Codable, Sendable, Equatable {
    package static let fileName = "server.pid"

    package var pid: Int32
    /// When the process started, in clock ticks since boot: with the pid it names one process for certain.
    package var startTime: UInt64
    package var url: String
    /// With TLS: a socket in the data directory, for those who may open it, as `http+unix://`. They need neither a certificate nor
    /// the name that it is for.
    package var localURL: String?
    /// With TLS: the certificate that it had at its start.
    package var certificate: CertificateFingerprint?

    package init(
        pid: Int32, startTime: UInt64, url: String, localURL: String? = nil, certificate: CertificateFingerprint? = nil
    ) {
        self.pid = pid
        self.startTime = startTime
        self.url = url
        self.localURL = localURL
        self.certificate = certificate
    }

    /// How programs that may read the data directory reach it.
    package var nearestURL: String { localURL ?? url }
}
