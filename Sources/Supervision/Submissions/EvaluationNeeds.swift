import API
import Content
import Foundation

/// What a dataset's evaluation needs of packages: its own `requirements.txt`, else the packages that its program imports and this
/// machine's Python lacks. Never the author's environment, whose packages could tell an author the labels.
struct EvaluationNeeds: Sendable {
    private static let maximumBytes: Int64 = 1 << 20

    let manifest: Manifest
    let store: ContentStore
    let python: BasePython
    let cache: String

    /// Empty when the machine's Python will do.
    func read() async throws -> Requirements {
        let own = manifest.entries.filter { $0.path == "requirements.txt" }
        if !own.isEmpty {
            return try await WorkspaceNeeds(manifest: Manifest(entries: own), store: store, python: python, cache: cache).read()
        }
        var parser = RequirementsParser { _ in nil }
        try parser.add(try await imported().map(PackageNames.package(forModule:)), file: "evaluation.py")
        return parser.result
    }

    /// The modules that are neither Python's own nor the dataset's; none when the machine has them all.
    private func imported() async throws -> [String] {
        guard let program = manifest.entries.first(where: { $0.path == "evaluation.py" }), program.size <= Self.maximumBytes else {
            return []
        }
        let key = Digest(of: Array("\(Self.script)\n\(python.executable) \(python.version)\n\(program.digest)".utf8)).hex.prefix(32)
        let path = "\(cache)/\(key).json"
        if let known = DurableFile.read([String].self, from: path) { return known }
        let output: [UInt8]
        do {
            output = try await Tool(
                arguments: [python.executable, "-I", "-c", Self.script], environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"],
                input: try store.read(program.digest)
            ).output(limit: .seconds(30))
        } catch is Tool.Ended {
            // It is no Python program that can be read: running it says so.
            return []
        }
        let local = Set(manifest.entries.compactMap { $0.path.split(separator: "/").first }.map { String($0.replacing(".py", with: "")) })
        let modules = try JSONDecoder().decode([String].self, from: Data(output)).filter { !local.contains($0) }
        // The cache only saves time.
        try? FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        try? DurableFile.write(json: modules, to: path, flushes: false)
        return modules
    }

    private static let script = """
        import ast, importlib.util, json, sys
        found = set()
        for node in ast.walk(ast.parse(sys.stdin.read())):
            if isinstance(node, ast.Import): found.update(name.name.split(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module: found.add(node.module.split(".")[0])
        known = set(getattr(sys, "stdlib_module_names", ())) | {"nsml", "__future__"}
        found = sorted(name for name in found - known if name.isidentifier())
        def is_here(name):
            try: return importlib.util.find_spec(name) is not None
            except Exception: return False
        print(json.dumps([] if all(map(is_here, found)) else found))
        """
}
