import API
package import Foundation
import Glibc

/// Which files of a directory are not pushed, in gitignore's syntax: `!` takes back, `/` at the front ties to the directory of
/// the rule, `/` at the end means directories, `*`, `?`, `[...]` stay within a name, `**` goes over directories.
///
/// Lists are asked from the closest to the farthest, and within a list the last line that matches decides. What is below an
/// ignored directory is never looked at, so it cannot be taken back.
package struct IgnoreRules: Sendable {
    /// One file's worth of rules, and the directory they are relative to.
    private struct List: Sendable {
        /// How many components the directory lies below the root.
        var depth: Int
        var patterns: [IgnorePattern]

        init(_ text: some StringProtocol, depth: Int) {
            self.depth = depth
            patterns = text.split(separator: "\n", omittingEmptySubsequences: true).compactMap { IgnorePattern(line: Substring($0)) }
        }
    }

    /// Asked first: `.nsmlignore`, which the user wrote for us.
    private var own: List
    /// `.gitignore` files from the root down to here; the last is asked first.
    private var nested: [List] = []
    /// Asked last: what is built in.
    private var builtIn: List
    /// Whether `.gitignore` files count.
    private let readsGitIgnore: Bool
    /// Rule files larger than this are not meant.
    private static let maximumFileBytes: Int64 = 1 << 20

    private init(own: some StringProtocol, builtIn: String, readsGitIgnore: Bool) {
        self.own = List(own, depth: 0)
        self.builtIn = List(builtIn, depth: 0)
        self.readsGitIgnore = readsGitIgnore
    }

    /// Everything is pushed.
    package static let nothing = IgnoreRules(own: "", builtIn: "", readsGitIgnore: false)

    /// For datasets: all files but what desktops litter and git's own directory.
    package static let dataset = IgnoreRules(own: "", builtIn: datasetDefaults, readsGitIgnore: false)

    /// For the user's code in `directory`: its `.nsmlignore`, then the `.gitignore` files on the way to each file, then `defaults`.
    package static func workspace(at directory: URL) throws -> IgnoreRules {
        let root = try OpenFile(directory.path(percentEncoded: false), O_RDONLY | O_DIRECTORY)
        let text = try file(".nsmlignore", in: root) ?? ""
        return IgnoreRules(own: text, builtIn: defaults, readsGitIgnore: true)
    }

    /// Only the rules of `text`, relative to the root.
    package init(parsing text: some StringProtocol) {
        self.init(own: text, builtIn: "", readsGitIgnore: false)
    }

    /// The rules as they are inside a directory, with its `.gitignore` added if these rules care. `components` leads to it.
    func entering(_ directory: OpenFile, components: [[UInt8]]) throws -> IgnoreRules {
        guard readsGitIgnore, let text = try Self.file(".gitignore", in: directory) else { return self }
        return adding(text, depth: components.count)
    }

    /// The rules with those of a `.gitignore` file `depth` directories below the root.
    func adding(_ text: some StringProtocol, depth: Int) -> IgnoreRules {
        var rules = self
        rules.nested.append(List(text, depth: depth))
        return rules
    }

    /// Whether the file or directory with these components, none of whose parents is ignored, is ignored.
    func ignores(_ components: [[UInt8]], isDirectory: Bool) -> Bool {
        for list in [own] + nested.reversed() + [builtIn] {
            let path = components.dropFirst(list.depth)
            guard let decisive = list.patterns.last(where: { $0.matches(path, isDirectory: isDirectory) }) else { continue }
            return !decisive.isNegated
        }
        return false
    }

    /// Whether `path` is ignored, itself or through a directory above it.
    package func ignores(_ path: String, isDirectory: Bool = false) -> Bool {
        let components = path.utf8.split(separator: 0x2F).map { Array($0) }
        return components.indices.contains { index in
            ignores(Array(components[...index]), isDirectory: index < components.count - 1 || isDirectory)
        }
    }

    private static func file(_ name: String, in directory: OpenFile) throws -> String? {
        guard FileStatus.of(name, in: directory.descriptor, follow: true)?.isRegular == true else { return nil }
        let file = try OpenFile(name, O_RDONLY | O_NONBLOCK, in: directory.descriptor)
        let size = try file.status().size
        guard size <= maximumFileBytes else { throw Failure.tooLarge(name, bytes: size, limit: maximumFileBytes) }
        let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        // A byte order mark is none of the first pattern.
        return String(decoding: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
    }
}
