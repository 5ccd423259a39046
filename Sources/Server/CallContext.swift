import Hummingbird
import Logging
import NIOCore

/// What accompanies a request: its id, its parameters and where it came from.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: String

    /// The request's id as the log has it; a logger that keeps no metadata knows none.
    var requestId: String { logger[metadataKey: "hb.request.id"].map { "\($0)" } ?? "unknown" }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}
