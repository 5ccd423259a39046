/// The bytes of a manifest: what makes a directory out of content.
///
///     nsml-manifest 1\n
///     DIGEST SIZE MODE PATH\n        one line a file, sorted by the bytes of PATH
///
/// DIGEST is 64 hexadecimal digits, SIZE decimal bytes, MODE `x` (executable) or `-`, PATH relative with `/`, without `.`,
/// `..`, empty components, backslashes and control characters, 255 bytes a component. Only files are listed;
/// directories exist through them. A manifest is itself kept as content, under the hash of these bytes.
package struct Manifest: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package var path: String
        package var digest: Digest
        package var size: Int64
        package var isExecutable: Bool

        package init(path: String, digest: Digest, size: Int64, isExecutable: Bool = false) {
            self.path = path
            self.digest = digest
            self.size = size
            self.isExecutable = isExecutable
        }
    }

    package static let header = "nsml-manifest 1"
    package static let maximumEntries = 5_000_000
    package static let maximumDepth = 64

    package private(set) var entries: [Entry]

    package var totalBytes: Int64 { entries.reduce(0) { $0 + $1.size } }

    /// Sorts and checks the entries: every path is good, and no path is twice there or both a file and a directory.
    package init(entries: [Entry]) throws {
        guard entries.count <= Self.maximumEntries else {
            throw Failure(
                .tooLarge, "the tree has \(entries.count) files",
                hint: "the limit is \(Self.maximumEntries); pack small files into archives")
        }
        // Keyed once: comparing the UTF-8 views directly is what the order on disk means.
        let sorted = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        for entry in sorted { try Self.checkPath(entry.path) }
        try Self.checkClashes(sorted)
        self.entries = sorted
    }

    /// Reads the bytes of a manifest; strict, so that one tree has one manifest.
    package init(bytes: [UInt8]) throws {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let first = lines.first, first.elementsEqual(Self.header.utf8), lines.last?.isEmpty == true else {
            throw Failure(
                .invalidRequest, "this is no manifest", hint: "its first line must be '\(Self.header)' and it must end with a newline")
        }
        lines.removeFirst()
        lines.removeLast()
        let entries = try lines.map(Self.parseLine)
        try self.init(entries: entries)
        guard self.entries == entries else {
            throw Failure(.invalidRequest, "the manifest is not sorted by path")
        }
    }

    package var bytes: [UInt8] {
        var bytes = Array("\(Self.header)\n".utf8)
        bytes.reserveCapacity(entries.count * 128)
        for entry in entries {
            bytes.append(contentsOf: "\(entry.digest.hex) \(entry.size) \(entry.isExecutable ? "x" : "-") \(entry.path)\n".utf8)
        }
        return bytes
    }

    /// The entries whose path lies below `directory`, with that part of the path taken away when `strip` is set.
    package func subtree(_ directory: String) -> [Entry] {
        entries.filter { $0.path.hasPrefix(directory + "/") }
    }

    /// Throws unless `path` may stand in a manifest.
    package static func checkPath(_ path: String) throws {
        let components = path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        let isGood =
            !path.isEmpty && components.count <= maximumDepth
            && components.allSatisfy { component in
                !component.isEmpty && component.count <= 255 && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
                    && component.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }
            }
        guard isGood else {
            throw Failure.invalidValue(
                "path", String(path.prefix(300)),
                expected: "a relative path without '.', '..', backslash or control characters, 255 bytes a component")
        }
    }

    private static func checkClashes(_ sorted: [Entry]) throws {
        for (previous, next) in zip(sorted, sorted.dropFirst()) where previous.path == next.path {
            throw Failure(.invalidRequest, "the path '\(next.path)' is there twice")
        }
        let files = Set(sorted.map(\.path))
        for entry in sorted {
            var parent = entry.path[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                if files.contains(String(parent)) {
                    throw Failure(.invalidRequest, "'\(parent)' is both a file and a directory")
                }
            }
        }
    }

    private static func parseLine(_ line: ArraySlice<UInt8>) throws -> Entry {
        let fields = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4, let path = String(validating: fields[3], as: UTF8.self),
            let digest = Digest(hex: String(decoding: fields[0], as: UTF8.self)),
            let size = Int64(String(decoding: fields[1], as: UTF8.self)), size >= 0,
            fields[2].elementsEqual("x".utf8) || fields[2].elementsEqual("-".utf8)
        else {
            throw Failure(.invalidRequest, "the manifest has a bad line: '\(String(decoding: line.prefix(200), as: UTF8.self))'")
        }
        return Entry(path: path, digest: digest, size: size, isExecutable: fields[2].elementsEqual("x".utf8))
    }
}
