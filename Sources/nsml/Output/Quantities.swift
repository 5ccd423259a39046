import API
import Foundation

/// Byte counts as people read and write them. `24G` is 24 000 000 000 and `24Gi` is 24 · 2³⁰.
enum ByteSize {
    private static let decimal: [(String, Int64)] = [
        ("k", 1_000), ("m", 1_000_000), ("g", 1_000_000_000), ("t", 1_000_000_000_000),
    ]
    private static let binary: [(String, Int64)] = [("ki", 1 << 10), ("mi", 1 << 20), ("gi", 1 << 30), ("ti", 1 << 40)]

    /// Parses `24G`, `1.5Gi`, `512MB`, `1000000000`; at least one byte.
    static func parse(_ text: String, for what: String) throws -> Int64 {
        let lower = text.lowercased()
        let number = lower.prefix { $0.isNumber || $0 == "." }
        var unit = lower.dropFirst(number.count)
        if unit.hasSuffix("b") { unit = unit.dropLast() }
        let factor = unit.isEmpty ? 1 : (decimal + binary).first { $0.0 == unit }?.1
        guard let factor, let value = Double(number), value * Double(factor) >= 1, value * Double(factor) < 0x1p62 else {
            throw Failure.invalidValue(what, text, expected: "a number of bytes, as in 24G (24 000 000 000), 24Gi or 512M")
        }
        return Int64((value * Double(factor)).rounded())
    }

    /// As an option takes it, without loss: `24G`, `500M`, `1Gi`, or all digits.
    static func exact(_ bytes: Int64) -> String {
        for (unit, factor) in decimal.reversed() + binary.reversed() where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor)\(unit.capitalized)"
        }
        return "\(bytes)"
    }

    /// `512 B`, `34.2 kB`, `127.8 MB`, `1.04 GB`.
    static func format(_ bytes: Int64) -> String {
        guard bytes >= 1_000 else { return "\(bytes) B" }
        var value = Double(bytes)
        for unit in ["kB", "MB", "GB", "TB", "PB"] {
            value /= 1_000
            // 999.95 would be printed as 1000.0.
            if value < 999.95 || unit == "PB" { return String(format: value < 9.995 ? "%.2f \(unit)" : "%.1f \(unit)", value) }
        }
        return "\(bytes) B"
    }
}

/// Spans of time as people read and write them.
enum TimeSpan {
    /// Parses `90`, `90s`, `10m`, `2h`, `1d` to seconds; not negative.
    static func parse(_ text: String, for what: String) throws -> Double {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        var number = text[...]
        var factor = 1.0
        if let last = text.last, let unit = units[last] {
            factor = unit
            number = number.dropLast()
        }
        guard let value = Double(number), value.isFinite, value >= 0 else {
            throw Failure.invalidValue(what, text, expected: "seconds, or a number with s, m, h or d, as in 10m")
        }
        return value * factor
    }

    /// `2026-01-31T12:00:00Z`, or so long before now: `10m`.
    static func moment(_ text: String, for what: String, now: Date = Date()) throws -> Date {
        if let time = Wire.date(text) { return time }
        guard let span = try? parse(text, for: what) else {  // What is wrong is said below.
            throw Failure.invalidValue(
                what, text, expected: "a time as in 2026-01-31T12:00:00Z, or how long ago, as in 90, 10m, 2h or 1d")
        }
        return now.addingTimeInterval(-span)
    }

    /// `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`.
    static func format(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds.isFinite ? seconds : 0).rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3_600: return joined(whole / 60, "min", whole % 60, "s")
        case ..<86_400: return joined(whole / 3_600, "h", whole % 3_600 / 60, "min")
        default: return joined(whole / 86_400, "d", whole % 86_400 / 3_600, "h")
        }
    }

    private static func joined(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
    }

    /// `just now`, `5 minutes ago`, `1 day ago`.
    static func ago(_ date: Date, now: Date = Date()) -> String {
        let seconds = Int(now.timeIntervalSince(date))
        guard seconds >= 1 else { return "just now" }
        let units: [(name: String, seconds: Int, below: Int)] = [
            ("second", 1, 60), ("minute", 60, 3_600), ("hour", 3_600, 86_400), ("day", 86_400, 14 * 86_400),
            ("week", 7 * 86_400, 60 * 86_400), ("month", 30 * 86_400, 730 * 86_400), ("year", 365 * 86_400, Int.max),
        ]
        for unit in units where seconds < unit.below {
            let count = seconds / unit.seconds
            return "\(count) \(unit.name)\(count == 1 ? "" : "s") ago"
        }
        return "long ago"
    }
}
