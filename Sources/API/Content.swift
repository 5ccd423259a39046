/// A question: which of these does the server lack?
package struct DigestList: RequestBody {
    package static let fields: Set<String> = ["digests"]
    /// At most this many in one question.
    package static let maximumCount = 50_000
    package var digests: [Digest]
    package init(digests: [Digest]) { self.digests = digests }
}

/// How much of a piece of content the server has received: where an interrupted upload goes on.
package struct UploadState: Codable, Sendable {
    package var receivedBytes: Int64
    package var isComplete: Bool

    package init(receivedBytes: Int64, isComplete: Bool) {
        self.receivedBytes = receivedBytes
        self.isComplete = isComplete
    }
}

/// A tree's files as a list shows them.
package struct FileList: Codable, Sendable {
    package var files: [FileRecord]
    package var totalCount: Int
    package var totalBytes: Int64

    package init(files: [FileRecord], totalCount: Int, totalBytes: Int64) {
        self.files = files
        self.totalCount = totalCount
        self.totalBytes = totalBytes
    }
}
