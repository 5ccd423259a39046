package import Foundation

/// JSON as it travels: times in UTC by RFC 3339 with milliseconds, keys as the fields are called.
package enum Wire {
    /// No JSON body is larger than this; files travel as bytes.
    package static let maximumJSONBytes = 8 << 20

    /// Whole numbers that every JSON reader keeps exactly (RFC 7493, 2.2). None of ours is larger, and what is computed from two of them
    /// cannot overflow.
    package static let exactIntegers: ClosedRange<Int64> = -(1 << 53)...(1 << 53)

    /// nil for what is no whole number, or none of those.
    package static func integer(_ text: String) -> Int64? { Int64(text).flatMap { exactIntegers.contains($0) ? $0 : nil } }

    package static func encoder(pretty: Bool = false) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Wire.format(date))
        }
        return encoder
    }

    package static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            guard let date = Wire.date(text) else {
                throw Failure.invalidValue("time", text, expected: "RFC 3339, as in 2026-01-31T12:00:00.000Z")
            }
            return date
        }
        return decoder
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    private static let wholeSeconds = Date.ISO8601FormatStyle()

    /// To the millisecond. The style cuts what is behind it, and binary fractions lie a little beside their decimals: a time that was read and
    /// is written again must not have become another.
    package static func format(_ date: Date) -> String {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        return style.format(Date(timeIntervalSince1970: (milliseconds + 0.2) / 1000))
    }

    package static func date(_ text: String) -> Date? {
        // Either form is legal RFC 3339; nil means neither parser took it.
        (try? style.parse(text)) ?? (try? wholeSeconds.parse(text))
    }
}

/// A JSON body that the server takes. Unknown fields are refused, so that a typing error is not silently ignored.
package protocol RequestBody: Codable, Sendable {
    /// The names of all fields that the body may have.
    static var fields: Set<String> { get }
}

/// One page of a list. `next` is passed back as `after` for the page that follows; nil on the last.
package struct Page<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]
    package var next: String?

    package init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}

/// The answer where there is nothing to say but yes.
package struct Done: Codable, Sendable {
    package init() {}
}
