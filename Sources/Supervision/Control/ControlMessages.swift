import Foundation

/// What both sockets of a session carry: one request at a time on a connection, each answered once.
struct ControlRequest: Codable, Sendable {
    var id: Int
    var command: String
    var contentType: String?
    var parameters: [String: String?]?
    var length: Int?
}

struct ControlResponse: Codable, Sendable {
    var id: Int?
    var ok: Bool
    var contentType: String?
    var code: String?
    var message: String?
    var parameters: [String: String]?
    var length: Int?
}

extension SocketStream {
    func send(_ header: some Encodable, body: [UInt8] = []) throws {
        try write(Array(JSONEncoder().encode(header)) + [0x0A] + body)
    }

    /// The next message and its body; nil when the other side has closed.
    func receive<Header: Decodable>(_ type: Header.Type, length: (Header) -> Int?) throws -> (header: Header, body: [UInt8])? {
        guard let line = try readLine() else { return nil }
        let header = try JSONDecoder().decode(type, from: Data(line))
        return (header, try readBody(length(header) ?? 0))
    }
}
