package import API
package import Foundation

/// How a platform is set up; everything that an operator may choose.
package struct PlatformConfiguration: Sendable {
    /// Where everything lies.
    package var dataDirectory: URL
    /// What sessions call the server by.
    package var serverURL: String
    package var node: Node
    package var sandbox: SessionPlan.Sandbox
    /// When the server runs as root: sessions run under user ids from here on; nil when it does not.
    package var firstUserId: UInt32?
    /// How many of them there are before they are used again.
    package var userIdCount: UInt32 = 60_000
    /// Holds the Python package `nsml`.
    package var libraryDirectory: URL
    /// What the sandbox and control groups of this machine cannot do, for people.
    package var notes: [String] = []
    /// An infer session that nobody asks for this long ends.
    package var inferIdleSeconds: Double = 900
    /// A first question waits this long for its session to come up.
    package var inferStartSeconds: Double = 600
    /// One question may take this long.
    package var inferAnswerSeconds: Double = 300
    /// `nsml run -i` ends by itself after this.
    package var interactiveSeconds: Double = 1800
    /// An interactive session that nobody follows for so long is removed: whoever started it is gone. Several times the 20 s after
    /// which a follower asks again.
    package var interactiveLeaseSeconds: Double = 60
    /// Below this much free space pushes are refused; reports are taken until a fifth of it is left.
    package var reservedDiskBytes: Int64 = 5_000_000_000
    /// Unreferenced content is kept this long, so that a push in progress finds it.
    package var contentGraceSeconds: Double = 86_400

    package init(
        dataDirectory: URL, serverURL: String, node: Node, sandbox: SessionPlan.Sandbox, firstUserId: UInt32?, libraryDirectory: URL
    ) {
        self.dataDirectory = dataDirectory
        self.serverURL = serverURL
        self.node = node
        self.sandbox = sandbox
        self.firstUserId = firstUserId
        self.libraryDirectory = libraryDirectory
    }
}
