import API
import Content

/// The options that NSML has always given to code which it runs again, each only where the code knows it: one that it does not
/// know would end it.
enum HistoricOptions {
    /// No source of a person is larger.
    private static let maximumSourceBytes: Int64 = 4_000_000

    /// Those of `options` whose names the workspace's Python files mention, in the order given.
    static func arguments(_ options: KeyValuePairs<String, String>, knownIn workspace: Digest, _ content: ContentStore) throws -> [String] {
        var known: Set<String> = []
        for entry in try content.readManifest(workspace).entries where entry.path.hasSuffix(".py") && entry.size < maximumSourceBytes {
            let text = String(decoding: try content.read(entry.digest), as: UTF8.self)
            for (name, _) in options where text.contains("--\(name)") || text.contains("Fire(") { known.insert(name) }
        }
        return options.flatMap { name, value in known.contains(name) ? ["--\(name)", value] : [] }
    }
}
