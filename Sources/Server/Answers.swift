import API
import Foundation
import HTTPTypes
import Hummingbird

extension Response {
    /// A record as JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let data = try Wire.encoder().encode(value)
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// Nothing to say but that it is done.
    static func done() throws -> Response { try json(Done()) }

    /// Bytes that no browser is to interpret.
    static func bytes(_ bytes: [UInt8], type: String = "application/octet-stream", headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.contentDisposition] = "attachment"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Bytes as they become ready.
    static func stream<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, length: Int64?) -> Response where Chunks.Element == [UInt8] {
        let body = ResponseBody(contentLength: length.map(Int.init)) { writer in
            for try await chunk in chunks {
                try await writer.write(ByteBuffer(bytes: chunk))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/octet-stream", .contentDisposition: "attachment"], body: body)
    }
}
