package import API
package import Content

/// Reads a workspace and says which arguments are added to start its script again.
package struct RerunArguments: Sendable {
    /// A longer file is data, whatever its name.
    private static let maximumBytes: Int64 = 500_000
    /// As much is read of a workspace, the entry first; what lies beyond is not looked at.
    private static let maximumTotalBytes: Int64 = 4_000_000

    private let content: ContentStore

    package init(content: ContentStore) { self.content = content }

    package func arguments(for purpose: Rerun.Purpose, workspace: Digest, entry: String, given: [String]) throws -> [String] {
        switch purpose {
        case .fork(nil), .reproduce(nil): return []
        default: break
        }
        var sources: [String: String] = [:]
        var total: Int64 = 0
        let entries = try content.readManifest(workspace).entries.filter { $0.size <= Self.maximumBytes }
        for file in entries.filter({ $0.path == entry }) + entries.filter({ $0.path != entry && $0.path.hasSuffix(".py") }) {
            total += file.size
            guard total <= Self.maximumTotalBytes else { break }
            sources[file.path] = String(decoding: try content.read(file.digest), as: UTF8.self)
        }
        return Rerun.arguments(for: purpose, entry: entry, given: given, sources: sources)
    }
}
