import API
import Content
import Foundation

/// Finds what a workspace needs, from `setup.py`, `requirements.txt`, `pyproject.toml` and `nsml_package.txt` at its top.
///
/// `setup.py` is never run: Python's own parser reads the literals in it. What a Python had to read is kept in the cache by
/// the file's hash, so that the next session with the same file asks nobody.
struct WorkspaceNeeds: Sendable {
    /// A longer file of these is a mistake.
    private static let maximumBytes: Int64 = 1 << 20
    /// More sources than this are not looked through for what they import: such a workspace is no script of somebody's.
    private static let maximumSources = 500

    /// What a script has read from one file.
    private struct Reading: Codable {
        var requirements: [String] = []
        var python: String?
        var notes: [String] = []
    }

    let manifest: Manifest
    let store: ContentStore
    let python: BasePython
    let cache: String

    /// Throws `environment_failed` with a sentence about the line that cannot be obeyed.
    func read() async throws -> Requirements {
        let entries = Dictionary(manifest.entries.map { ($0.path, $0) }) { first, _ in first }
        var parser = RequirementsParser { path in try entries[path].map(text) }
        if let entry = entries["setup.py"] { try await add(entry, script: Self.setupScript, to: &parser) }
        if entries["requirements.txt"] != nil { try parser.parse(file: "requirements.txt") }
        if let entry = entries["pyproject.toml"] { try await add(entry, script: Self.projectScript, to: &parser) }
        if let entry = entries["nsml_package.txt"] {
            let packages = RequirementsParser.logicalLines(try text(of: entry)).joined(separator: " ")
            if !packages.isEmpty {
                parser.note(
                    "nsml_package.txt asks for the system packages \(packages): they are not installed; an administrator can install them")
            }
        }
        if let image = parser.result.image {
            let packages = try importedPackages(besides: parser.result)
            let had = packages.isEmpty ? "" : "; what it had and the code imports is installed: \(packages.joined(separator: ", "))"
            parser.note("\(image.file) asks for the image '\(image.name)': there is no container engine here\(had)")
            try parser.add(packages, file: "the image '\(image.name)' of \(image.file)")
        }
        if let (specifier, file) = parser.result.python, !PythonVersion.satisfies(python.version, specifier) {
            throw Failure(
                .environmentFailed, "\(file) asks for Python \(specifier), and this machine has \(python.version)",
                hint: "relax the line in \(file), or ask an administrator for another python3")
        }
        return parser.result
    }

    /// Packages that the code imports, that the images of old had, and that no file of the workspace asks for.
    private func importedPackages(besides requirements: Requirements) throws -> [String] {
        let sources = manifest.entries.filter { $0.path.hasSuffix(".py") && $0.size <= Self.maximumBytes && $0.path != "setup.py" }
        guard sources.count <= Self.maximumSources else { return [] }
        let own = Set(
            manifest.entries.map { entry in
                let top = entry.path.prefix { $0 != "/" }
                return String(top.hasSuffix(".py") ? top.dropLast(3) : top)
            })
        let wanted = Set(requirements.lines.compactMap(\.name))
        return ImagePackages.packages(importedBy: try sources.map(text), own: own).filter {
            !wanted.contains($0) && !hasVariant(of: $0, in: wanted)
        }
    }

    /// `tensorflow-gpu` brings what `tensorflow` does, and `opencv-python` what `opencv-python-headless` does.
    private func hasVariant(of package: String, in wanted: Set<String>) -> Bool {
        [
            "tensorflow": ["tensorflow-gpu", "tensorflow-cpu"], "faiss-cpu": ["faiss-gpu"],
            "opencv-python-headless": ["opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless"],
        ][package]?.contains(where: wanted.contains) ?? false
    }

    private func text(of entry: Manifest.Entry) throws -> String {
        guard entry.size <= Self.maximumBytes else { throw Failure.tooLarge(entry.path, bytes: entry.size, limit: Self.maximumBytes) }
        return String(decoding: try store.read(entry.digest), as: UTF8.self)
    }

    private func add(_ entry: Manifest.Entry, script: String, to parser: inout RequirementsParser) async throws {
        let text = try text(of: entry)
        if entry.path == "setup.py" { parser.noteImage(text, file: entry.path) }
        let reading = try await read(entry, text: text, script: script)
        reading.notes.forEach { parser.note($0) }
        if let specifier = reading.python { parser.requirePython(specifier, file: entry.path) }
        try parser.add(reading.requirements, file: entry.path)
    }

    private func read(_ entry: Manifest.Entry, text: String, script: String) async throws -> Reading {
        let key = Digest(of: Array("\(script)\n\(python.version)\n\(entry.digest)".utf8)).hex.prefix(32)
        let path = "\(cache)/\(key).json"
        if let known = DurableFile.read(Reading.self, from: path) { return known }
        let output: [UInt8]
        do {
            output = try await Tool(
                arguments: [python.executable, "-I", "-c", script], environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"],
                input: Array(text.utf8)
            ).output(limit: .seconds(30))
        } catch let ended as Tool.Ended {
            let last = String(decoding: ended.output, as: UTF8.self).split(separator: "\n").last ?? ""
            throw Failure(
                .environmentFailed, "\(entry.path) cannot be read: \(last)", hint: "correct it, or list the packages in requirements.txt")
        }
        let reading = try JSONDecoder().decode(Reading.self, from: Data(output))
        // The cache only saves time.
        try? FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        try? DurableFile.write(json: reading, to: path, flushes: false)
        return reading
    }

    /// Reads `install_requires` and `python_requires` as far as they are literals, names of literals, or sums of these.
    private static let setupScript = """
        import ast, json, sys
        tree = ast.parse(sys.stdin.read(), "setup.py")
        names, notes, found = {}, [], {}
        def value(node):
            if isinstance(node, ast.Name): return names[node.id]
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add): return value(node.left) + value(node.right)
            if isinstance(node, (ast.List, ast.Tuple)): return [value(item) for item in node.elts]
            if isinstance(node, ast.Dict): return {value(k): value(v) for k, v in zip(node.keys, node.values)}
            return ast.literal_eval(node)
        for node in tree.body:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        try: names[target.id] = value(node.value)
                        except Exception: pass
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call): continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name != "setup": continue
            for keyword in node.keywords:
                if keyword.arg is None:
                    try: found.update(value(keyword.value))
                    except Exception: pass
                elif keyword.arg in ("install_requires", "python_requires"):
                    try: found[keyword.arg] = value(keyword.value)
                    except Exception:
                        notes.append("setup.py computes its %s, which is not run here: list the packages in requirements.txt" % keyword.arg)
        wanted = found.get("install_requires") or []
        if isinstance(wanted, str): wanted = wanted.split("\\n")
        wanted = [str(item).strip() for item in wanted]
        print(json.dumps({"requirements": [item for item in wanted if item and not item.startswith("#")],
            "python": found.get("python_requires") or None, "notes": notes}))
        """

    private static let projectScript = """
        import json, sys
        notes, project = [], {}
        try:
            import tomllib
            project = tomllib.loads(sys.stdin.read()).get("project") or {}
        except ImportError:
            notes.append("pyproject.toml can be read from Python 3.11 on: list the packages in requirements.txt")
        if "dependencies" in (project.get("dynamic") or []):
            notes.append("pyproject.toml computes its dependencies, which is not run here: list the packages in requirements.txt")
        print(json.dumps({"requirements": project.get("dependencies") or [], "python": project.get("requires-python") or None,
            "notes": notes}))
        """
}
