package import API
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Speaks to a platform over HTTP. Cheap to copy; the copies share their connections. Every error is a `Failure`, or
/// `CancellationError` when the task was cancelled.
///
/// Whoever makes one calls `shutdown()` at the end, or uses `closing`.
package struct APIClient: Sendable {
    /// JSON answers are not larger: a list of a million files is.
    private static let maximumAnswerBytes = 512 << 20
    private static let maximumProblemBytes = 1 << 20
    /// A server that is silent so long in the middle of an answer is gone. Longer than any wait that the API offers.
    private static let silenceSeconds: Int64 = 900
    /// Told to wait longer, or more often, one had better know.
    private static let longestWaitSeconds: Double = 30
    private static let maximumWaits = 10

    /// The server's address without a slash at the end, as people know it.
    package let url: String
    /// Where requests go.
    private let base: String
    private let token: String?
    private let http: HTTPClient

    /// `url` is `http://HOST:PORT`, `https://...` or `http+unix://PERCENT-ENCODED-PATH`. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - near: a nearer address of the same server, where requests go instead.
    ///   - trust: how a server behind TLS is known; nil: by the system's list of authorities.
    package init(url: String, near: String? = nil, token: String?, trust: ServerTrust? = nil, connectTimeoutSeconds: Double = 5) throws {
        let known = String(url.reversed().drop { $0 == "/" }.reversed())
        let base = near ?? known
        let scheme = base.prefix { $0 != ":" }
        guard ["http", "https", "http+unix", "https+unix"].contains(scheme), base.dropFirst(scheme.count).hasPrefix("://"),
            base.utf8.count > scheme.utf8.count + 3, base.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw TransportFailure.invalid(url) }
        guard token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) ?? true else {
            throw Failure.notLoggedIn("the token has characters that no token has")
        }
        self.url = known
        self.base = UnixSocket.reachable(url: base)
        self.token = token
        var configuration = HTTPClient.Configuration()
        // Left to itself it waits up to a minute between attempts, long after the server is back. When to try again is for callers to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .milliseconds(Int64(connectTimeoutSeconds * 1000))
        configuration.timeout.read = .seconds(Self.silenceSeconds)
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        if let trust { try trust.apply(to: &configuration, url: known) }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes all connections. The client cannot be used any more.
    package func shutdown() async throws { try await http.shutdown() }

    /// Runs `body` with this client and shuts it down afterwards, whatever happens.
    package func closing<Result>(_ body: (APIClient) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            try await shutdown()
            return result
        } catch {
            // The first error is the one that counts.
            try? await shutdown()
            throw error
        }
    }

    // MARK: Calls with JSON

    /// Calls an endpoint without a body.
    package func call<Output: Decodable & Sendable>(
        _ endpoint: Endpoint, _ parameters: [String: String] = [:], query: [(String, String)] = [], as type: Output.Type = Output.self,
        timeoutSeconds: Double = 30
    ) async throws -> Output {
        let answer = try await bytes(
            endpoint, parameters, query: query, maximumBytes: Self.maximumAnswerBytes, timeoutSeconds: timeoutSeconds)
        return try decode(answer)
    }

    /// Calls an endpoint with a JSON body.
    package func call<Output: Decodable & Sendable, Input: Encodable & Sendable>(
        _ endpoint: Endpoint, _ parameters: [String: String] = [:], query: [(String, String)] = [], body: Input,
        as type: Output.Type = Output.self, timeoutSeconds: Double = 30
    ) async throws -> Output {
        let json = [UInt8](try Wire.encoder().encode(body))
        guard json.count <= Wire.maximumJSONBytes else {
            throw Failure.tooLarge("the request", bytes: Int64(json.count), limit: Int64(Wire.maximumJSONBytes))
        }
        let answer = try await bytes(
            endpoint, parameters, query: query, body: json, contentType: "application/json", maximumBytes: Self.maximumAnswerBytes,
            timeoutSeconds: timeoutSeconds)
        return try decode(answer)
    }

    /// Calls an endpoint with a body of bytes; the answer is JSON.
    package func call<Output: Decodable & Sendable>(
        _ endpoint: Endpoint, _ parameters: [String: String] = [:], query: [(String, String)] = [], bytes body: [UInt8],
        contentType: String = "application/octet-stream", as type: Output.Type = Output.self, timeoutSeconds: Double = 30
    ) async throws -> Output {
        let answer = try await bytes(
            endpoint, parameters, query: query, body: body, contentType: contentType, maximumBytes: Self.maximumAnswerBytes,
            timeoutSeconds: timeoutSeconds)
        return try decode(answer)
    }

    func decode<Output: Decodable>(_ answer: Answer) throws -> Output {
        do { return try Wire.decoder().decode(Output.self, from: Data(answer.bytes)) } catch {
            throw Failure(
                .internal, "the answer of \(url) was not understood",
                hint: "is it a platform of this version? 'nsml version' and 'nsml status' tell")
        }
    }

    // MARK: Calls with bytes

    /// Calls an endpoint, with a body of bytes if there is one, and reads the whole answer, up to `maximumBytes`.
    package func bytes(
        _ endpoint: Endpoint, _ parameters: [String: String] = [:], query: [(String, String)] = [], body: [UInt8]? = nil,
        contentType: String = "application/octet-stream", maximumBytes: Int = 64 << 20, timeoutSeconds: Double = 30
    ) async throws -> Answer {
        let stream = try await stream(
            endpoint, parameters, query: query, body: body, contentType: contentType, timeoutSeconds: timeoutSeconds)
        return Answer(head: stream.head, bytes: try await collect(stream.body, maximumBytes: maximumBytes))
    }

    /// Calls an endpoint and gives the answer as it arrives. The time limit is for its head. When the server says that it is asked too
    /// much, which it says before it has done anything, the call waits as long as it is told and is made again.
    package func stream(
        _ endpoint: Endpoint, _ parameters: [String: String] = [:], query: [(String, String)] = [], body: [UInt8]? = nil,
        contentType: String = "application/octet-stream", timeoutSeconds: Double = 30
    ) async throws -> AnswerStream {
        var request = try request(endpoint, parameters, query: query)
        if let body {
            request.headers.add(name: "content-type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        var waits = 0
        while true {
            do {
                return try await execute(request, timeoutSeconds: timeoutSeconds)
            } catch let failure as Failure where failure == TransportFailure.lost(url) && endpoint.method == .get {
                // A kept connection that the server had closed meanwhile; asking again changes nothing there.
                return try await execute(request, timeoutSeconds: timeoutSeconds)
            } catch let failure as Failure where failure.code == .tooManyRequests {
                guard let seconds = failure.retryAfterSeconds, seconds <= Self.longestWaitSeconds, waits < Self.maximumWaits else {
                    throw failure
                }
                waits += 1
                // A part by chance: those who were refused together come back apart.
                try await Task.sleep(for: .seconds(seconds * .random(in: 1...1.5)))
            }
        }
    }

    /// Calls an endpoint with a body of `length` bytes that is sent as `chunks` come. The server may answer before all is sent.
    package func upload<Chunks: AsyncSequence & Sendable>(
        _ endpoint: Endpoint, _ parameters: [String: String] = [:], query: [(String, String)] = [], chunks: Chunks, length: Int64,
        contentType: String = "application/octet-stream", timeoutSeconds: Double
    ) async throws -> Answer where Chunks.Element == [UInt8] {
        var request = try request(endpoint, parameters, query: query)
        request.headers.add(name: "content-type", value: contentType)
        request.body = .stream(chunks.map { ByteBuffer(bytes: $0) }, length: .known(length))
        let stream = try await execute(request, timeoutSeconds: timeoutSeconds)
        return Answer(head: stream.head, bytes: try await collect(stream.body, maximumBytes: Self.maximumProblemBytes))
    }

    // MARK: On the wire

    private func request(_ endpoint: Endpoint, _ parameters: [String: String], query: [(String, String)]) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + (try RequestTarget.make(endpoint.path, parameters, query: query)))
        request.method = HTTPMethod(rawValue: endpoint.method.rawValue)
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.headers.add(name: "user-agent", value: "nsml")
        return request
    }

    private func execute(_ request: HTTPClientRequest, timeoutSeconds: Double) async throws -> AnswerStream {
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, timeout: .milliseconds(Int64(timeoutSeconds * 1000)))
        } catch {
            throw TransportFailure.describe(error, url)
        }
        let head = AnswerHead(response)
        guard head.status < 300 else {
            // A problem document that breaks off is described by its status.
            let body = (try? await collect(response.body, maximumBytes: Self.maximumProblemBytes)) ?? []
            var failure = TransportFailure.describe(status: head.status, contentType: head.contentType, body: body, url)
            failure.retryAfterSeconds = response.headers.first(name: "retry-after").flatMap { Double($0) }.map { max(0, $0) }
            throw failure
        }
        return AnswerStream(head: head, body: response.body, url: url)
    }

    private func collect(_ body: HTTPClientResponse.Body, maximumBytes: Int) async throws -> [UInt8] {
        do {
            let buffer = try await body.collect(upTo: maximumBytes)
            return [UInt8](buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Failure(.tooLarge, "the answer of \(url) is too large", hint: "the limit is \(maximumBytes) bytes")
        } catch {
            throw TransportFailure.describe(error, url)
        }
    }
}
