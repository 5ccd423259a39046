import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The head of an answer.
package struct AnswerHead: Sendable {
    package let status: Int
    private let headers: HTTPHeaders

    init(_ response: HTTPClientResponse) {
        status = Int(response.status.code)
        headers = response.headers
    }

    /// The first value of a header, whatever the case of its name.
    package subscript(_ name: String) -> String? { headers.first(name: name) }

    /// What the body is; `application/octet-stream` when nothing is said.
    package var contentType: String { self["content-type"] ?? "application/octet-stream" }
}

/// An answer whose body is bytes.
package struct Answer: Sendable {
    package let head: AnswerHead
    package let bytes: [UInt8]
}

/// An answer whose body is read as it arrives; once. Errors are `Failure`s. Whoever stops reading early closes the connection.
package struct AnswerStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    package let head: AnswerHead
    let body: HTTPClientResponse.Body
    let url: String

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: body.makeAsyncIterator(), url: url) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var body: HTTPClientResponse.Body.AsyncIterator
        fileprivate let url: String

        @concurrent
        package mutating func next() async throws -> [UInt8]? {
            do { return try await body.next().map { [UInt8]($0.readableBytesView) } } catch { throw TransportFailure.describe(error, url) }
        }
    }
}
