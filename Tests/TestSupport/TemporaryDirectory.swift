package import Foundation

/// Runs `body` with a fresh directory that is gone afterwards, whatever happens.
package func withTemporaryDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "nsml-test-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer {
        // Read-only trees are part of what is tested; what cannot be removed must not hide the test's own outcome.
        try? FileManager.default.removeItem(at: directory)
    }
    return try await body(directory)
}
