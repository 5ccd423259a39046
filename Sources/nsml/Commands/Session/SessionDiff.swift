import API
import Client
import Content
import Foundation

/// Two sessions side by side, as `nsml diff` shows them.
struct SessionDiff: Encodable {
    /// A file that is not the same.
    struct FileDiff: Encodable {
        var path: String
        /// `added`, `removed`, `changed` or `mode`.
        var change: String
        /// Whether it is no text, or too large to be compared line by line.
        var isBinary = false
        var addedLines = 0
        var removedLines = 0
        /// The hunks of a unified diff.
        var hunks: [String] = []
    }

    struct Field: Encodable {
        var name: String
        var old: String?
        var new: String?
    }

    struct Metric: Encodable {
        var name: String
        var old: MetricSummary?
        var new: MetricSummary?
    }

    var old: SessionName
    var new: SessionName
    var files: [FileDiff]
    /// Arguments, data, resources and what they ran with, where they differ.
    var fields: [Field]
    var packages: [PackageChange]
    var metrics: [Metric]

    /// Whether code, arguments, data, packages and what they ran with are the same; the numbers are another matter.
    var isSame: Bool { files.isEmpty && fields.isEmpty && packages.isEmpty }
}

extension SessionDiff {
    /// A larger file is not compared line by line.
    private static let maximumBytes: Int64 = 2 << 20

    static func load(_ old: SessionName, _ new: SessionName, client: APIClient) async throws -> SessionDiff {
        let (left, right) = (try await client.session(old), try await client.session(new))
        async let leftRecord = record(of: old, client)
        async let rightRecord = record(of: new, client)
        async let leftMetrics = client.metrics(of: old)
        async let rightMetrics = client.metrics(of: new)
        let files = left.workspace == right.workspace ? [] : try await files(old, new, client)
        let (before, after) = (try await leftRecord, try await rightRecord)
        return SessionDiff(
            old: old, new: new, files: files, fields: fields(left, right, before, after),
            packages: before.flatMap { before in after.map { PackageChange.between(before.packages, $0.packages) } } ?? [],
            metrics: metrics(try await leftMetrics, try await rightMetrics))
    }

    /// nil for one that has not started.
    private static func record(of name: SessionName, _ client: APIClient) async throws -> EnvironmentRecord? {
        do {
            return try await client.environment(of: name)
        } catch let failure as Failure where failure.code == .notFound {
            return nil
        }
    }

    // MARK: Code

    private static func files(_ old: SessionName, _ new: SessionName, _ client: APIClient) async throws -> [FileDiff] {
        async let leftManifest = client.manifest(of: .code(old))
        async let rightManifest = client.manifest(of: .code(new))
        let left = Dictionary(try await leftManifest.entries.map { ($0.path, $0) }) { first, _ in first }
        let right = Dictionary(try await rightManifest.entries.map { ($0.path, $0) }) { first, _ in first }
        let paths = Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
        let directory = FileManager.default.temporaryDirectory.appending(path: "nsml-diff-\(UUID().uuidString)")
        defer {
            // Only what was fetched here; a leftover in the temporary directory is swept by the system.
            try? FileManager.default.removeItem(at: directory)
        }
        let (before, after) = (directory.appending(path: "old"), directory.appending(path: "new"))
        func isSmall(_ entry: Manifest.Entry?) -> Bool { entry.map { $0.size <= maximumBytes } ?? true }
        let wanted = paths.filter { isSmall(left[$0]) && isSmall(right[$0]) }
        try FileManager.default.createDirectory(at: before, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: after, withIntermediateDirectories: true)
        _ = try await Pull(client).run(.code(old), into: before) { wanted.contains($0) }
        _ = try await Pull(client).run(.code(new), into: after) { wanted.contains($0) }
        return paths.sorted().map { path in
            file(path, left[path], right[path], read(before, path, wanted), read(after, path, wanted))
        }
    }

    private static func read(_ directory: URL, _ path: String, _ wanted: Set<String>) -> Data? {
        wanted.contains(path) ? FileManager.default.contents(atPath: directory.appending(path: path).path) ?? Data() : nil
    }

    private static func file(_ path: String, _ left: Manifest.Entry?, _ right: Manifest.Entry?, _ old: Data?, _ new: Data?) -> FileDiff {
        let isMode = left?.digest == right?.digest
        let change = left == nil ? "added" : right == nil ? "removed" : isMode ? "mode" : "changed"
        var found = FileDiff(path: path, change: change)
        guard !isMode else { return found }
        guard let old = old.flatMap(text), let new = new.flatMap(text) else {
            found.isBinary = true
            return found
        }
        let diff = UnifiedDiff(old, new)
        (found.addedLines, found.removedLines, found.hunks) = (diff.added, diff.removed, diff.hunks())
        return found
    }

    private static func text(_ data: Data) -> String? {
        guard !data.contains(0) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    // MARK: The rest

    private static func fields(
        _ left: SessionRecord, _ right: SessionRecord, _ before: EnvironmentRecord?, _ after: EnvironmentRecord?
    ) -> [Field] {
        func fields(_ session: SessionRecord, _ record: EnvironmentRecord?) -> [(String, String?)] {
            let resources = session.resources
            let all: [(String, String?)] = [
                ("entry", session.entry), ("arguments", ShellWords.join(session.argumentLine)),
                ("data", session.datasets.map(\.description).joined(separator: ", ")),
                ("checkpoint", session.parent?.description), ("GPUs", "\(resources.gpus)"), ("CPUs", "\(resources.cpus)"),
                ("memory", ByteSize.format(resources.memoryBytes)), ("shared memory", ByteSize.format(resources.sharedMemoryBytes)),
                ("network", "\(session.network)"), ("Python", record?.python), ("devices", record?.devices.joined(separator: ", ")),
                ("driver", record?.driver), ("processor", record?.processor), ("host", record?.node), ("system", record?.system),
            ]
            return all + (record?.variables ?? [:]).sorted { $0.key < $1.key }.map { ("variable \($0.key)", $0.value) }
        }
        let (old, new) = (fields(left, before), fields(right, after))
        let values = Dictionary(new.map { ($0.0, $0.1) }) { first, _ in first }
        let known = Set(old.map(\.0))
        let pairs = old.map { ($0.0, $0.1, values[$0.0] ?? nil) } + new.filter { !known.contains($0.0) }.map { ($0.0, nil, $0.1) }
        return pairs.filter { $0.1 ?? "" != $0.2 ?? "" }.map { Field(name: $0.0, old: $0.1, new: $0.2) }
    }

    private static func metrics(_ left: [MetricSummary], _ right: [MetricSummary]) -> [Metric] {
        let old = Dictionary(left.map { ($0.name, $0) }) { first, _ in first }
        let new = Dictionary(right.map { ($0.name, $0) }) { first, _ in first }
        return Set(old.keys).union(new.keys).sorted().map { Metric(name: $0, old: old[$0], new: new[$0]) }
    }
}
