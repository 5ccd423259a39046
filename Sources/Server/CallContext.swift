import Hummingbird
import Logging
import NIOCore

/// What accompanies a request: its id, its parameters and where it came from.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}
