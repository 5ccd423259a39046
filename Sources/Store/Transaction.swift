import API
import Foundation
import GRDB

/// What one read or write of the store can do. It is good only inside the body that it was given to.
package struct Transaction {
    let database: Database

    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func all<T>(_ sql: String, _ arguments: StatementArguments = [], _ decode: (inout Columns) throws -> T) throws -> [T] {
        let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
        var result: [T] = []
        while let row = try rows.next() {
            var columns = Columns(row)
            result.append(try decode(&columns))
        }
        return result
    }

    func first<T>(_ sql: String, _ arguments: StatementArguments = [], _ decode: (inout Columns) throws -> T) throws -> T? {
        let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
        guard let row = try rows.next() else { return nil }
        var columns = Columns(row)
        return try decode(&columns)
    }

    func integer(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(database.cachedStatement(sql: sql), arguments: arguments)
    }
}

/// A row, read from left to right in the order of the query's columns.
struct Columns {
    private let row: Row
    private var index = 0

    init(_ row: Row) { self.row = row }

    private mutating func advance() -> Int {
        defer { index += 1 }
        return index
    }

    mutating func integer() -> Int64 { row[advance()] }
    mutating func optionalInteger() -> Int64? { row[advance()] }
    mutating func int() -> Int { row[advance()] }
    mutating func optionalInt() -> Int? { row[advance()] }
    mutating func real() -> Double { row[advance()] }
    mutating func optionalReal() -> Double? { row[advance()] }
    mutating func flag() -> Bool { row[advance()] }
    mutating func optionalFlag() -> Bool? { row[advance()] }
    mutating func text() -> String { row[advance()] }
    mutating func optionalText() -> String? { row[advance()] }
    mutating func blob() -> Data { row[advance()] }
    mutating func optionalBlob() -> Data? { row[advance()] }

    mutating func date() -> Date { Date(milliseconds: integer()) }
    mutating func optionalDate() -> Date? { optionalInteger().map(Date.init(milliseconds:)) }
    mutating func user() -> UserName { UserName(unchecked: text()) }
    mutating func dataset() -> DatasetName { DatasetName(unchecked: text()) }

    mutating func digest() throws -> Digest {
        guard let digest = Digest(bytes: blob()) else { throw Failure.unreadableColumn("digest") }
        return digest
    }

    mutating func word<Word: RawRepresentable>(_ type: Word.Type = Word.self) throws -> Word where Word.RawValue == String {
        let text = text()
        guard let word = Word(rawValue: text) else { throw Failure.unreadableColumn(text) }
        return word
    }

    mutating func json<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try columnDecoder.decode(T.self, from: Data(text().utf8))
    }
}

extension Failure {
    /// A column that does not hold what we wrote: damage, or a mistake of ours.
    static func unreadableColumn(_ what: String) -> Failure {
        Failure(.corruptContent, "the server's database holds an unreadable value '\(what.prefix(80))'", hint: "restore it from a backup")
    }
}

extension Date {
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1_000) }

    /// Milliseconds since 1970, to the nearest.
    var milliseconds: Int64 { Int64(exactly: (timeIntervalSince1970 * 1_000).rounded()) ?? 0 }
}

extension Digest {
    var column: Data { Data(bytes) }
}

/// Made once: making one costs more than decoding a short list.
let columnDecoder = JSONDecoder()

/// Lists and records inside a column, as JSON with sorted keys.
func jsonColumn(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// A glob of users (`*` any text, `?` one character, all else itself) as SQLite's GLOB has it.
func globColumn(_ pattern: String) throws -> String {
    // SQLite takes a thousand bytes.
    guard pattern.unicodeScalars.count <= 200 else {
        throw Failure.invalidValue("pattern", String(pattern.prefix(80)), expected: "at most 200 characters")
    }
    return pattern.replacingOccurrences(of: "[", with: "[[]")
}
