import Foundation

/// A name that is safe in a URL, in a shell and on every file system: it starts with a letter or a digit and goes on
/// with letters, digits, `.`, `_` and `-`; 64 characters at most.
package enum NameGrammar {
    package static let maximumLength = 64

    /// Whether `text` is such a name.
    package static func accepts(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= maximumLength else { return false }
        return isAlphanumeric(first) && bytes.allSatisfy { isAlphanumeric($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

/// A name that is one plain string on the wire.
package protocol SingleName: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible, Comparable
where RawValue == String {
    /// What the name names, for messages: "user", "dataset".
    static var noun: String { get }
    init(unchecked: String)
}

extension SingleName {
    package init?(rawValue: String) {
        guard NameGrammar.accepts(rawValue) else { return nil }
        self.init(unchecked: rawValue)
    }

    /// Parses `text`, or throws `invalid_name` with the grammar in its hint.
    package init(parsing text: some StringProtocol) throws {
        guard NameGrammar.accepts(text) else { throw Failure.invalidName(Self.noun, String(text)) }
        self.init(unchecked: String(text))
    }

    package init(from decoder: any Decoder) throws {
        try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Who owns things: a person's account, or a team's.
package struct UserName: SingleName {
    package static let noun = "user"
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

/// The name of a dataset, without a version.
package struct DatasetName: SingleName {
    package static let noun = "dataset"
    /// What stands in a session's name where it has no dataset. No dataset can be called so.
    package static let none = DatasetName(unchecked: "None")

    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

/// A dataset as users write it: `mnist` (the newest version) or `mnist@3`.
package struct DatasetReference: Hashable, Sendable, CustomStringConvertible, Codable {
    package var name: DatasetName
    /// `nil` means the newest.
    package var version: Int?

    package init(name: DatasetName, version: Int? = nil) {
        self.name = name
        self.version = version
    }

    package init(parsing text: some StringProtocol) throws {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        name = try DatasetName(parsing: parts[0])
        guard parts.count == 2 else { return }
        guard let number = Int(parts[1]), number > 0 else {
            throw Failure.invalidValue(
                "version", String(parts[1]), expected: "a number from 1, as in \(name)@3")
        }
        version = number
    }

    package var description: String { version.map { "\(name)@\($0)" } ?? name.rawValue }

    package init(from decoder: any Decoder) throws {
        try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// `USER/DATASET/N`: the N-th session of a user on a dataset.
package struct SessionName: Hashable, Sendable, CustomStringConvertible, Codable {
    package var user: UserName
    package var dataset: DatasetName
    package var number: Int

    package init(user: UserName, dataset: DatasetName, number: Int) {
        self.user = user
        self.dataset = dataset
        self.number = number
    }

    package init(parsing text: some StringProtocol) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let number = Int(parts[2]), number > 0 else {
            throw Failure.invalidSessionName(String(text))
        }
        try self.init(user: UserName(parsing: parts[0]), dataset: DatasetName(parsing: parts[1]), number: number)
    }

    package var description: String { "\(user)/\(dataset)/\(number)" }

    package init(from decoder: any Decoder) throws {
        try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The name of a saved model: any text without control characters, 1 to 255 bytes, in normal form C.
package struct CheckpointName: Hashable, Sendable, CustomStringConvertible, Codable, Comparable {
    package static let maximumBytes = 255

    package let rawValue: String

    package init(parsing text: some StringProtocol) throws {
        let normal = String(text).precomposedStringWithCanonicalMapping
        guard !normal.isEmpty, normal.utf8.count <= Self.maximumBytes,
            !normal.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Failure.invalidValue(
                "checkpoint", String(text), expected: "1 to \(Self.maximumBytes) bytes of text without control characters")
        }
        rawValue = normal
    }

    package var description: String { rawValue }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package init(from decoder: any Decoder) throws {
        try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// `USER/DATASET/N/CHECKPOINT`.
package struct CheckpointReference: Hashable, Sendable, CustomStringConvertible, Codable {
    package var session: SessionName
    package var checkpoint: CheckpointName

    package init(session: SessionName, checkpoint: CheckpointName) {
        self.session = session
        self.checkpoint = checkpoint
    }

    /// Parses the joined form; the checkpoint's own name may contain `/`.
    package init(parsing text: some StringProtocol) throws {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else {
            throw Failure.invalidValue(
                "checkpoint", String(text), expected: "USER/DATASET/N/CHECKPOINT, as in alice/mnist/1/9")
        }
        session = try SessionName(parsing: parts[0..<3].joined(separator: "/"))
        checkpoint = try CheckpointName(parsing: parts[3])
    }

    package var description: String { "\(session)/\(checkpoint)" }

    package init(from decoder: any Decoder) throws {
        try self.init(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
