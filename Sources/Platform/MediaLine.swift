package import API
package import Foundation

/// A line of a journal that brings an image, a sound, a histogram or a table, or a part of one:
///
///     {"kind":"media","time":...,"step":12,"name":"sample","media":"image","type":"image/png","id":"5f3-1a-1","part":0,"parts":3,
///      "caption":"...","data":"BASE64"}
///
/// A session writes what it likes: what is no such line, or no such type, is not taken.
package struct JournalMedia: Sendable, Hashable {
    private static let maximumNameBytes = 255
    private static let maximumCaptionCharacters = 500

    /// Where its line begins in the journal.
    package var offset: Int64 = 0
    package var record: MediaRecord
    /// Known among the parts that belong together.
    package var id: String
    package var part: Int
    package var parts: Int
    package var data: Data

    init?(_ fields: [String: JSONValue], _ timeMilliseconds: Int64) {
        guard case .number(_, let step?) = fields["step"], (0...JournalReader.maximumStep).contains(step),
            case .text(let name) = fields["name"], (1...Self.maximumNameBytes).contains(name.utf8.count),
            case .text(let word) = fields["media"], let kind = MediaKind(rawValue: word),
            case .text(let type) = fields["type"], kind.types.contains(type),
            case .text(let id) = fields["id"], (1...64).contains(id.utf8.count),
            case .number(_, let part?) = fields["part"], case .number(_, let parts?) = fields["parts"], (1...64).contains(parts),
            (0..<parts).contains(part), case .text(let text) = fields["data"], let data = Data(base64Encoded: text)
        else { return nil }
        var caption = ""
        if case .text(let text) = fields["caption"] { caption = String(text.prefix(Self.maximumCaptionCharacters)) }
        record = MediaRecord(
            number: 0, name: name, step: step, time: Date(timeIntervalSince1970: Double(timeMilliseconds) / 1000), kind: kind, type: type,
            caption: caption, bytes: 0)
        self.id = id
        self.part = Int(part)
        self.parts = Int(parts)
        self.data = data
    }
}

extension MediaRecord {
    /// Whether the bytes are what the type says: a browser is told this type, and must not find another.
    func fits(_ data: Data) -> Bool {
        func begins(_ bytes: [UInt8], at place: Int = 0) -> Bool { data.dropFirst(place).starts(with: bytes) }
        switch type {
        case "image/png": return begins([0x89, 0x50, 0x4E, 0x47])
        case "image/jpeg": return begins([0xFF, 0xD8, 0xFF])
        case "image/gif": return begins(Array("GIF8".utf8))
        case "image/webp": return begins(Array("RIFF".utf8)) && begins(Array("WEBP".utf8), at: 8)
        case "audio/wav": return begins(Array("RIFF".utf8)) && begins(Array("WAVE".utf8), at: 8)
        case "audio/mpeg": return begins(Array("ID3".utf8)) || begins([0xFF, 0xFB])
        case "audio/ogg": return begins(Array("OggS".utf8))
        case "audio/flac": return begins(Array("fLaC".utf8))
        default:
            return data.withUnsafeBytes { bytes in
                var scanner = JSONScanner(bytes)
                guard case .object = scanner.value() else { return false }
                return scanner.isAtEnd
            }
        }
    }
}
