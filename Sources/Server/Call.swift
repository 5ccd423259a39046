import API
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Platform
import Synchronization

/// One request on its way to a route's handler: who asks, and what was sent, parsed once.
struct Call {
    let endpoint: Endpoint
    let request: Request
    let context: CallContext
    /// Nil only at endpoints for everyone.
    let grant: Grant?
    /// What it is about where the path does not say it.
    private let concerned = Concerned()

    init(endpoint: Endpoint, request: Request, context: CallContext, grant: Grant?) {
        self.endpoint = endpoint
        self.request = request
        self.context = context
        self.grant = grant
    }

    var caller: Identity? { grant?.identity }

    /// Whether it may last so long that its token is to be watched meanwhile.
    var mayLast: Bool {
        if text("waitSeconds") != nil || endpoint.budget == .compute { return true }
        guard case .bytes(let maximum) = endpoint.body else { return false }
        return maximum > Int64(Wire.maximumJSONBytes)
    }

    /// What the call is about, for the audit log: what a handler said, else the path's parameters, as in `alice/mnist/1/best`.
    var object: String {
        if let name = concerned.name.withLock({ $0 }) { return name }
        let names = endpoint.path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
        return (names.compactMap { context.parameters.get($0) } + [text("checkpoint")].compactMap { $0 }).joined(separator: "/")
    }

    /// Says what the call is about, for the audit log.
    func concerns(_ name: some CustomStringConvertible) { concerned.name.withLock { $0 = "\(name)" } }

    /// What the call counts as: a list by a pattern, or by a metric, is a search.
    var budget: Endpoint.Budget {
        endpoint.budget == .standard && (text("pattern") != nil || text("metric") != nil) ? .search : endpoint.budget
    }

    /// Who asks. Handlers of endpoints for everyone must not use it.
    var identity: Identity {
        get throws {
            guard let caller else { throw Failure.notLoggedIn() }
            return caller
        }
    }

    func parameter(_ name: String) throws -> String {
        guard let text = context.parameters.get(name) else {
            throw Failure(.internal, "the route \(endpoint.path) has no parameter \(name)")
        }
        return text
    }

    var session: SessionName {
        get throws {
            try SessionName(parsing: "\(parameter("user"))/\(parameter("dataset"))/\(parameter("number"))")
        }
    }

    var dataset: DatasetName {
        get throws { try DatasetName(parsing: parameter("dataset")) }
    }

    /// The dataset of the path in the version of the query.
    var datasetVersion: DatasetReference {
        get throws { DatasetReference(name: try dataset, version: try integer("version").map(Int.init)) }
    }

    /// The checkpoint of the query in the session of the path.
    var checkpoint: CheckpointReference {
        get throws {
            CheckpointReference(session: try session, checkpoint: try CheckpointName(parsing: required("checkpoint")))
        }
    }

    /// The number in the path by which a shell, a question, a token or the like is known.
    func number(_ name: String) throws -> Int64 {
        let text = try parameter(name)
        guard let number = Wire.integer(text), number > 0 else {
            throw Failure.invalidValue(name, text, expected: "its number")
        }
        return number
    }

    // MARK: Query

    /// A plus is a space, as forms and most HTTP libraries write it (`application/x-www-form-urlencoded`).
    private var query: FlatDictionary<Substring, Substring> {
        guard let query = request.uri.query, query.contains("+") else { return request.uri.queryParameters }
        return URI("/?" + query.replacing("+", with: "%20")).queryParameters
    }

    var queryItems: [(String, String)] { query.map { (String($0.key), String($0.value)) } }

    func text(_ name: String) -> String? { query[Substring(name)].map(String.init) }

    func required(_ name: String) throws -> String {
        guard let text = text(name) else { throw Failure(.invalidRequest, "the query lacks '\(name)'") }
        return text
    }

    func integer(_ name: String) throws -> Int64? {
        guard let text = text(name) else { return nil }
        guard let number = Wire.integer(text) else {
            throw Failure.invalidValue(name, text, expected: "a whole number of at most 2^53")
        }
        return number
    }

    func time(_ name: String) throws -> Date? {
        guard let text = text(name) else { return nil }
        guard let date = Wire.date(text) else {
            throw Failure.invalidValue(name, text, expected: "RFC 3339, as in 2026-01-31T12:00:00.000Z")
        }
        return date
    }

    func flag(_ name: String) throws -> Bool {
        switch text(name) {
        case nil, "false": return false
        case "true": return true
        case let other?: throw Failure.invalidValue(name, other, expected: "true or false")
        }
    }

    /// How many items a page has: 100 unless told, 1000 at most.
    func pageLimit() throws -> Int {
        let limit = try integer("limit") ?? 100
        guard (1...1000).contains(limit) else { throw Failure.invalidValue("limit", "\(limit)", expected: "1 to 1000") }
        return Int(limit)
    }

    /// How many rows or files are shown; 0 for all.
    func listLimit(unless usual: Int64 = 0) throws -> Int {
        let limit = try integer("limit") ?? usual
        guard (0...1_000_000).contains(limit) else { throw Failure.invalidValue("limit", "\(limit)", expected: "0 (all) or more") }
        return Int(limit)
    }

    /// How long a request may wait for something to happen: 30 s at most, so that no proxy cuts it off.
    func waitSeconds() throws -> Double {
        guard let text = text("waitSeconds") else { return 0 }
        guard let seconds = Double(text), seconds >= 0 else {
            throw Failure.invalidValue("waitSeconds", text, expected: "seconds, 0 to 30")
        }
        return min(seconds, 30)
    }

    // MARK: Body

    func json<Input: API.RequestBody>(_ type: Input.Type = Input.self, upTo limit: Int = Wire.maximumJSONBytes) async throws -> Input {
        let buffer = try await request.body.collect(upTo: limit)
        return try StrictJSON.decode(type, from: Data(buffer.readableBytesView))
    }

    /// The whole body; no more than the endpoint says.
    func bytes() async throws -> [UInt8] {
        guard case .bytes(let maximum) = endpoint.body else { return [] }
        let buffer = try await request.body.collect(upTo: Int(maximum))
        return Array(buffer: buffer)
    }

    /// The body as it arrives, for those who must not know of the network.
    var chunks: some AsyncSequence<ByteBufferView, any Error> & Sendable { request.body.map { $0.readableBytesView } }
}

/// Filled in by the handler, read when it is over.
private final class Concerned: Sendable {
    let name = Mutex<String?>(nil)
}
