/// What a server on this machine says of itself in a file of its data directory, so that `nsml down` and supervisors find it,
/// wherever it listens this time. The file stays when the server has gone.
package struct ServerProcess: Codable, Sendable, Equatable {
    package static let fileName = "server.pid"

    package var pid: Int32
    /// When the process started, in clock ticks since boot: with the pid it names one process for certain.
    package var startTime: UInt64
    package var url: String

    package init(pid: Int32, startTime: UInt64, url: String) {
        self.pid = pid
        self.startTime = startTime
        self.url = url
    }
}
