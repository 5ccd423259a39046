import API
import Foundation
import Platform

/// What a JSON text is made of, as far as strictness needs it: its objects with their keys. Reading it checks what Foundation lets pass:
/// a key that comes twice, `null` (a field without a value is left out), nesting without end, and numbers beyond every double.
indirect enum JSONShape {
    case scalar
    /// Only those elements that have a shape of their own.
    case list([JSONShape])
    case object([String: JSONShape])

    /// Whether anything lies below the first level.
    var isNested: Bool {
        guard case .object(let fields) = self else { return false }
        return fields.values.contains {
            switch $0 {
            case .scalar: false
            case .list(let list): !list.isEmpty
            case .object: true
            }
        }
    }

    static let maximumDepth = 64

    /// Throws a `Failure` that says what is wrong.
    init(of data: Data) throws {
        self = try data.withUnsafeBytes { bytes in
            guard String(validating: bytes, as: UTF8.self) != nil else { throw Self.malformed("it is not UTF-8") }
            var reader = JSONShapeReader(bytes: bytes)
            return try reader.document()
        }
    }

    static func malformed(_ why: String) -> Failure { Failure(.invalidRequest, "the body is no JSON: \(why)") }

    /// The path of a key that is here and not in `other`, which was made of what was understood; nil when all was.
    func unknownKey(besides other: Any, path: String = "") -> String? {
        switch (self, other) {
        case (.object(let fields), let known as [String: Any]):
            for (key, shape) in fields.sorted(by: { $0.key < $1.key }) {
                guard let value = known[key] else { return path + key }
                if let unknown = shape.unknownKey(besides: value, path: "\(path)\(key).") { return unknown }
            }
        case (.list(let list), let known as [Any]):
            for (shape, value) in zip(list, known.filter { $0 is [String: Any] || $0 is [Any] }) {
                if let unknown = shape.unknownKey(besides: value, path: path) { return unknown }
            }
        default: break
        }
        return nil
    }
}

private struct JSONShapeReader {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    mutating func document() throws -> JSONShape {
        let shape = try value(depth: 0, name: "")
        guard next() == nil else { throw JSONShape.malformed("something follows its end") }
        return shape
    }

    /// The next byte that is not blank, which is not taken.
    private mutating func next() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard next() == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int, name: String) throws -> JSONShape {
        guard depth <= JSONShape.maximumDepth else {
            throw Failure(.invalidRequest, "the body is nested deeper than \(JSONShape.maximumDepth)")
        }
        switch next() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth, name: name)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"):
            try word("null")
            throw Failure(.invalidRequest, "the body has null\(name.isEmpty ? "" : " for '\(name)'")", hint: "leave out what has no value")
        default: try number(name)
        }
        return .scalar
    }

    private mutating func object(depth: Int) throws -> JSONShape {
        position += 1
        var fields: [String: JSONShape] = [:]
        if take("}") { return .object(fields) }
        repeat {
            guard next() == UInt8(ascii: "\"") else { throw JSONShape.malformed("a key is missing") }
            let key = try string()
            guard take(":") else { throw JSONShape.malformed("a colon is missing") }
            guard fields.updateValue(try value(depth: depth + 1, name: key), forKey: key) == nil else {
                throw Failure(.invalidRequest, "the body has the field '\(key.prefix(80))' twice")
            }
        } while take(",")
        guard take("}") else { throw JSONShape.malformed("a brace is missing") }
        return .object(fields)
    }

    private mutating func list(depth: Int, name: String) throws -> JSONShape {
        position += 1
        var elements: [JSONShape] = []
        if take("]") { return .list(elements) }
        repeat {
            let element = try value(depth: depth + 1, name: name)
            if case .scalar = element { continue }
            elements.append(element)
        } while take(",")
        guard take("]") else { throw JSONShape.malformed("a bracket is missing") }
        return .list(elements)
    }

    private mutating func word(_ word: String) throws {
        guard bytes[position...].starts(with: word.utf8) else { throw JSONShape.malformed("a word is unknown") }
        position += word.utf8.count
    }

    /// The string that begins here, with its escapes resolved.
    private mutating func string() throws -> String {
        let start = position
        position += 1
        var isEscaped = false
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20 else { throw JSONShape.malformed("a control character is not escaped") }
            if bytes[position] == UInt8(ascii: "\\") {
                isEscaped = true
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { throw JSONShape.malformed("a string has no end") }
        position += 1
        let raw = bytes[start..<position]
        guard isEscaped else { return String(decoding: raw.dropFirst().dropLast(), as: UTF8.self) }
        // Foundation knows the escapes, and refuses those that are none.
        guard let text = try? JSONDecoder().decode(String.self, from: Data(raw)) else {
            throw JSONShape.malformed("an escape in a string is not valid")
        }
        return text
    }

    private mutating func number(_ name: String) throws {
        var scanner = JSONScanner(bytes)
        scanner.position = position
        guard let number = scanner.number() else { throw JSONShape.malformed("a value is missing or malformed") }
        let text = bytes[position..<scanner.position]
        position = scanner.position
        guard number.isFinite else {
            throw Failure.invalidValue(
                name, String(decoding: text.prefix(80), as: UTF8.self), expected: "a number that a double holds")
        }
    }
}
