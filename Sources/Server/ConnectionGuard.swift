import HTTPTypes
import Logging
import NIOCore
import NIOHTTPTypes

/// Ends connections that are too slow. Sits at the network's end of a connection and sees bytes; `RequestGuard` behind the parser
/// tells it where requests begin and end.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private var pace: RequestPace
    private let interval: TimeAmount
    private let logger: Logger
    private var ticking: RepeatedTask?

    init(_ limits: ConnectionLimits, logger: Logger) {
        pace = RequestPace(limits)
        // A quarter more than a limit is as good as the limit.
        let shortest = min(limits.headSeconds, limits.bodySeconds, limits.lingerSeconds, limits.unreadSeconds)
        interval = .milliseconds(Int64(max(10, shortest * 250)))
        self.logger = logger
    }

    private static func now() -> Double { Double(NIODeadline.now().uptimeNanoseconds) / 1e9 }

    func handlerAdded(context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (handler, context) = loopBound.value
            handler.look(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { ticking?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        ticking?.cancel()
        context.fireChannelInactive()
    }

    private func look(_ context: ChannelHandlerContext) {
        // Channels that do not count it, in tests, have nobody who does not read.
        if let bytes = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes) {
            pace.toBeSent(bytes, at: Self.now())
        }
        guard let reason = pace.verdict(at: Self.now()) else { return }
        ticking?.cancel()
        logger.info(
            "a connection is cut off", metadata: ["address": "\(context.remoteAddress?.ipAddress ?? "local")", "reason": "\(reason)"])
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        pace.wantsToRead(at: Self.now())
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pace.received(unwrapInboundIn(data).readableBytes, at: Self.now())
        context.fireChannelRead(data)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output { pace.isDone(at: Self.now()) }
        context.close(mode: mode, promise: promise)
    }

    func headIsComplete() { pace.headIsComplete() }
    func bodyIsComplete() { pace.bodyIsComplete() }
    func isAnswered() { pace.isAnswered(at: Self.now()) }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}

/// Tells the connection's guard where requests and answers begin and end.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart

    private var connection: ConnectionGuard?

    func handlerAdded(context: ChannelHandlerContext) {
        // Without one, as in tests without a network, there is nobody to tell.
        connection = try? context.pipeline.syncOperations.handler(type: ConnectionGuard.self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { connection = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: connection?.headIsComplete()
        case .body: break
        case .end: connection?.bodyIsComplete()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { connection?.isAnswered() }
        context.write(data, promise: promise)
    }
}

@available(*, unavailable)
extension RequestGuard: Sendable {}
