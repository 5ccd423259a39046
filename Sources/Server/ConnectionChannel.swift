import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// What a new connection is made of, from the network up: a guard against those who hold it for nothing, TLS, where the server has a
/// certificate, then HTTP.
struct ConnectionChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private struct TooManyConnections: Error {}

    let http: HTTP1Channel
    let certificate: ServerCertificate?
    let limits: ConnectionLimits
    let counter: ConnectionCounter

    init(responder: @escaping HTTPChannelHandler.Responder, certificate: ServerCertificate?, limits: ConnectionLimits) {
        http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                additionalChannelHandlers: [RequestGuard()],
                idleTimeout: .milliseconds(Int64(limits.idleSeconds * 1000)),
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
        self.certificate = certificate
        self.limits = limits
        counter = ConnectionCounter(limits)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let address = channel.remoteAddress?.ipAddress
        guard counter.enter(from: address) else {
            // Said in no log: that is not what many connections are to fill.
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(TooManyConnections())
        }
        channel.closeFuture.whenComplete { [counter] _ in counter.left(address) }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ConnectionGuard(limits, logger: logger))
            if let certificate { try pipeline.addHandler(NIOSSLServerHandler(context: certificate.context)) }
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
