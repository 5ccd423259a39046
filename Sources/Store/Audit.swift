package import API
import Crypto
package import Foundation
import GRDB

/// Who did what: rows that are only ever added, each with a hash over itself and the one before.
///
/// The hash is SHA-256 over the hash before (32 zero bytes for the first), number and time (8 bytes each, little endian, time in
/// milliseconds since 1970), then actor, action, object, result and address, each as 4 bytes of length, little endian, and UTF-8. So a row
/// that was changed, removed or put in between is found; rows cut off at the end are not.
extension Transaction {
    /// Adds a row. Control characters in what users wrote are escaped, so that a row is one line wherever it is shown.
    package func appendAudit(actor: String, action: String, object: String, result: String, address: String, at time: Date) throws {
        let last = try first("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1") { columns in
            (number: columns.integer(), hash: columns.blob())
        }
        let number = (last?.number ?? 0) + 1
        let fields = [actor, action, object, result, address].map(Self.escaped)
        let hash = Self.auditHash(after: last?.hash, number: number, time: time.milliseconds, fields)
        try execute(
            "INSERT INTO audit (number, time, actor, action, object, result, address, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [number, time.milliseconds, fields[0], fields[1], fields[2], fields[3], fields[4], hash])
    }

    /// Entries, newest first.
    package func audit(_ query: AuditQuery) throws -> [AuditEntry] {
        try all(
            """
            SELECT number, time, actor, action, object, result, address, hash FROM audit
            WHERE number < :before AND (:actor IS NULL OR actor GLOB :actor) AND (:action IS NULL OR action GLOB :action)
                AND (:object IS NULL OR object GLOB :object) AND (:since IS NULL OR time >= :since)
                AND (NOT :failures OR result NOT IN ('ok'))
            ORDER BY number DESC LIMIT :limit
            """,
            [
                "before": query.before ?? .max, "actor": try query.actor.map(globColumn), "action": try query.action.map(globColumn),
                "object": try query.object.map(globColumn), "since": query.since?.milliseconds, "failures": query.onlyFailures,
                "limit": query.limit,
            ]
        ) { columns in
            AuditEntry(
                number: columns.integer(), time: columns.date(), actor: columns.text(), action: columns.text(), object: columns.text(),
                result: columns.text(), address: columns.text(),
                hash: columns.blob().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }

    /// Reads the whole log; nil when the chain holds, else a failure that names the first row where it does not.
    package func verifyAudit() throws -> Failure? {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT number, time, actor, action, object, result, address, hash FROM audit ORDER BY number"))
        var last: Data?
        var expected: Int64 = 1
        while let row = try rows.next() {
            var columns = Columns(row)
            let (number, time) = (columns.integer(), columns.integer())
            let fields = (0..<5).map { _ in columns.text() }
            let hash = columns.blob()
            guard number == expected, hash == Self.auditHash(after: last, number: number, time: time, fields) else {
                return Failure(
                    .corruptContent, "the audit log was changed at entry \(expected)",
                    hint: "compare it with a backup; entries before are good")
            }
            (last, expected) = (hash, expected + 1)
        }
        return nil
    }

    private static func auditHash(after last: Data?, number: Int64, time: Int64, _ fields: [String]) -> Data {
        var hash = SHA256()
        hash.update(data: last ?? Data(count: Digest.byteCount))
        for integer in [number, time] { withUnsafeBytes(of: integer.littleEndian) { hash.update(bufferPointer: $0) } }
        for field in fields {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: field.utf8.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Data(field.utf8))
        }
        return Data(hash.finalize())
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.properties.generalCategory == .control {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
