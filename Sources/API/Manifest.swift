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
        // Most often they are in order already, and finding that out is cheap.
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { Self.precedes($0.path, $1.path) }
        let sorted = isSorted ? entries : entries.sorted { Self.precedes($0.path, $1.path) }
        for entry in sorted { try Self.checkPath(entry.path) }
        try Self.checkClashes(sorted)
        self.entries = sorted
    }

    /// Reads the bytes of a manifest; strict, so that one tree has one manifest.
    package init(bytes: [UInt8]) throws {
        let header = Array("\(Self.header)\n".utf8)
        guard bytes.starts(with: header), bytes.last == 0x0A else {
            throw Failure(
                .invalidRequest, "this is no manifest", hint: "its first line must be '\(Self.header)' and it must end with a newline")
        }
        let entries = try bytes.withUnsafeBufferPointer { bytes in
            var entries: [Entry] = []
            entries.reserveCapacity(bytes.count / 100)
            var start = header.count
            while start < bytes.count {
                var end = start
                while bytes[end] != 0x0A { end += 1 }
                entries.append(try Self.parse(line: UnsafeBufferPointer(rebasing: bytes[start..<end])))
                start = end + 1
            }
            return entries
        }
        try self.init(entries: entries)
        guard self.entries == entries else {
            throw Failure(.invalidRequest, "the manifest is not sorted by path")
        }
    }

    package var bytes: [UInt8] {
        var bytes = Array("\(Self.header)\n".utf8)
        bytes.reserveCapacity(bytes.count + entries.reduce(0) { $0 + 90 + $1.path.utf8.count })
        var digits = [UInt8](repeating: 0x20, count: 2 * Digest.byteCount + 1)
        for entry in entries {
            digits.withUnsafeMutableBytes { entry.digest.writeHex(to: $0) }
            bytes += digits
            bytes += "\(entry.size)".utf8
            bytes += [0x20, entry.isExecutable ? 0x78 : 0x2D, 0x20]
            bytes += entry.path.utf8
            bytes.append(0x0A)
        }
        return bytes
    }

    /// The entries whose path lies below `directory`, with that part of the path taken away when `strip` is set.
    package func subtree(_ directory: String) -> [Entry] {
        entries.filter { $0.path.hasPrefix(directory + "/") }
    }

    /// Throws unless `path` may stand in a manifest.
    package static func checkPath(_ path: String) throws {
        var path = path
        let isGood = path.withUTF8 { Self.isGood(path: $0) }
        guard isGood else {
            throw Failure.invalidValue(
                "path", String(path.prefix(300)),
                expected: "a relative path without '.', '..', backslash or control characters, 255 bytes a component")
        }
    }

    private static func isGood(path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !path.isEmpty, path.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }) else { return false }
        var depth = 1
        var start = 0
        for end in 0...path.count where end == path.count || path[end] == 0x2F {
            let length = end - start
            let isDots = (length == 1 || length == 2) && path[start..<end].allSatisfy { $0 == 0x2E }
            guard length > 0, length <= 255, !isDots else { return false }
            start = end + 1
            if end < path.count { depth += 1 }
        }
        return depth <= maximumDepth
    }

    /// The order of a manifest: by the bytes of the paths.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                for index in 0..<min(left.count, right.count) where left[index] != right[index] { return left[index] < right[index] }
                return left.count < right.count
            }
        }
    }

    private static func checkClashes(_ sorted: [Entry]) throws {
        for (previous, next) in zip(sorted, sorted.dropFirst()) where previous.path == next.path {
            throw Failure(.invalidRequest, "the path '\(next.path)' is there twice")
        }
        let files = Set(sorted.map(\.path))
        // Neighbours lie in the same directory most often, whose way up is looked at once.
        var last: Substring = ""
        for entry in sorted {
            var parent = entry.path[...]
            var isFirst = true
            while let slash = parent.utf8.lastIndex(of: 0x2F) {
                parent = parent[..<slash]
                if isFirst {
                    if parent == last { break }
                    last = parent
                    isFirst = false
                }
                if files.contains(String(parent)) {
                    throw Failure(.invalidRequest, "'\(parent)' is both a file and a directory")
                }
            }
        }
    }

    /// `DIGEST SIZE MODE PATH`, without the newline.
    private static func parse(line: UnsafeBufferPointer<UInt8>) throws -> Entry {
        let digits = 2 * Digest.byteCount
        var size: Int64 = 0
        var place = digits + 1
        while place < line.count, (0x30...0x39).contains(line[place]), size < Int64.max / 100 {
            size = size * 10 + Int64(line[place] - 0x30)
            place += 1
        }
        let hasSize = place > digits + 1 && (line[digits + 1] != 0x30 || place == digits + 2)
        guard hasSize, place + 3 < line.count, line[digits] == 0x20, line[place] == 0x20, line[place + 2] == 0x20,
            line[place + 1] == 0x78 || line[place + 1] == 0x2D,
            let digest = Digest(digits: UnsafeBufferPointer(rebasing: line[..<digits])),
            let path = String(validating: UnsafeBufferPointer(rebasing: line[(place + 3)...]), as: UTF8.self)
        else {
            throw Failure(.invalidRequest, "the manifest has a bad line: '\(String(decoding: line.prefix(200), as: UTF8.self))'")
        }
        return Entry(path: path, digest: digest, size: size, isExecutable: line[place + 1] == 0x78)
    }
}
