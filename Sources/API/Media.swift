package import Foundation

/// What a session shows beside numbers.
package enum MediaKind: String, Codable, Sendable, CaseIterable {
    case image, audio, histogram, table
    /// What `nsml.Visdom` draws: bars, a heat map, points; and its texts.
    case plot, text

    /// The types that its bytes may have. Everything else is refused: a browser shows them.
    package var types: Set<String> {
        switch self {
        case .image: ["image/png", "image/jpeg", "image/gif", "image/webp"]
        case .audio: ["audio/wav", "audio/mpeg", "audio/ogg", "audio/flac"]
        case .histogram, .table, .plot, .text: ["application/json"]
        }
    }
}

/// An image, a sound, a histogram or a table of a session at a step. One of a name and a step takes the place of the one before.
package struct MediaRecord: Codable, Sendable, Hashable {
    /// No longer ones are kept.
    package static let maximumBytes: Int64 = 4 << 20
    /// A session keeps no more.
    package static let maximumCount: Int64 = 10_000
    package static let maximumTotalBytes: Int64 = 512 << 20

    /// Grows with each of a session.
    package var number: Int64
    package var name: String
    package var step: Int64
    package var time: Date
    package var kind: MediaKind
    package var type: String
    package var caption: String
    package var bytes: Int64

    package init(
        number: Int64, name: String, step: Int64, time: Date, kind: MediaKind, type: String, caption: String, bytes: Int64
    ) {
        self.number = number
        self.name = name
        self.step = step
        self.time = time
        self.kind = kind
        self.type = type
        self.caption = caption
        self.bytes = bytes
    }
}
