import API
import Foundation
import GRDB

/// A `SessionWhere` as conditions of SQL: the words are ours, what users wrote is only bound.
///
/// What is known of arguments and metrics lies in tables of its own, so that a filter asks an index and never reads through records.
struct SessionConditions {
    private(set) var conditions: [String] = []
    private(set) var arguments: StatementArguments = []
    private var count = 0
    private let now: Date

    init(_ filter: SessionWhere, now: Date = Date()) throws {
        self.now = now
        for term in filter.terms {
            let condition = try condition(term.test)
            conditions.append(term.isNegated ? "NOT coalesce((\(condition)), 0)" : "(\(condition))")
        }
    }

    /// The name under which a value is bound.
    private mutating func bind(_ value: some DatabaseValueConvertible) -> String {
        let name = "where\(count)"
        count += 1
        arguments += [name: value]
        return ":\(name)"
    }

    private mutating func any(of column: String, _ values: [some DatabaseValueConvertible]) -> String {
        "\(column) IN (\(values.map { bind($0) }.joined(separator: ", ")))"
    }

    private mutating func condition(_ test: SessionWhere.Test) throws -> String {
        switch test {
        case .states(let states): any(of: "s.state", states.map(\.rawValue))
        case .users(let users): any(of: "s.user", users.map(\.rawValue))
        case .datasets(let datasets): any(of: "s.dataset", datasets.map(\.rawValue))
        case .name(let pattern): "s.name GLOB \(bind(try globColumn(pattern)))"
        case .memo(let text): "s.memo LIKE \(bind(Self.anywhere(text))) ESCAPE '\\'"
        case .label(let text): "s.label = \(bind(text))"
        case .word(let text): Self.word(bind(Self.anywhere(text)))
        case .argument(let name, let comparison, let value): argument(name, comparison, value)
        case .metric(let name, let extent, let comparison, let value): metric(name, extent, comparison, value)
        case .quantity(let quantity, let comparison, let value):
            "\(column(quantity)) \(comparison.rawValue) \(bind(value))"
        }
    }

    private static func word(_ bound: String) -> String {
        ["s.name", "s.memo", "s.label", "s.arguments"].map { "\($0) LIKE \(bound) ESCAPE '\\'" }.joined(separator: " OR ")
    }

    private static func anywhere(_ text: String) -> String {
        "%" + text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_") + "%"
    }

    private mutating func argument(_ name: String, _ comparison: SessionWhere.Comparison, _ value: String) -> String {
        let chosen = "SELECT session FROM sessionArgument WHERE name = \(bind(name))"
        let number = Double(value).flatMap { $0.isFinite ? $0 : nil }
        switch comparison {
        case .equal:
            let same = "s.id IN (\(chosen) AND value = \(bind(value)))"
            return number.map { "\(same) OR s.id IN (\(chosen) AND number = \(bind($0)))" } ?? same
        case .unequal:
            let differs = "\(chosen) AND value <> \(bind(value))"
            return "s.id IN (\(differs)\(number.map { " AND (number IS NULL OR number <> \(bind($0)))" } ?? ""))"
        default: return "s.id IN (\(chosen) AND number \(comparison.rawValue) \(bind(number ?? 0)))"
        }
    }

    private mutating func metric(_ name: String, _ extent: SessionWhere.Extent, _ comparison: SessionWhere.Comparison, _ value: Double)
        -> String
    {
        let chosen = """
            SELECT m.session FROM series.metric m
            WHERE m.name = (SELECT id FROM series.metricName WHERE name = \(bind(name)))
            """
        switch extent {
        case .minimum: return "s.id IN (\(chosen) AND m.minimum \(comparison.rawValue) \(bind(value)))"
        case .maximum: return "s.id IN (\(chosen) AND m.maximum \(comparison.rawValue) \(bind(value)))"
        case .last: return "s.id IN (\(chosen) AND \(last(comparison, value)))"
        }
    }

    /// The last value is kept as the bits of a double. Turned so that they grow with it, they compare as whole numbers; NaN lies beyond
    /// the infinities. What the last value is said to be, one of the extremes is too, and these have an index.
    private mutating func last(_ comparison: SessionWhere.Comparison, _ value: Double) -> String {
        let key = "(CASE WHEN m.lastBits >= 0 THEN m.lastBits ELSE -9223372036854775807 - 1 + ~m.lastBits END)"
        // Both zeros are one number.
        let (low, high) = value == 0 ? (Self.key(-0.0), Self.key(0.0)) : (Self.key(value), Self.key(value))
        let isNumber = "\(key) BETWEEN \(bind(Self.key(-.infinity))) AND \(bind(Self.key(.infinity)))"
        switch comparison {
        case .less: return "m.minimum < \(bind(value)) AND \(isNumber) AND \(key) < \(bind(low))"
        case .lessOrEqual: return "m.minimum <= \(bind(value)) AND \(isNumber) AND \(key) <= \(bind(high))"
        case .greater: return "m.maximum > \(bind(value)) AND \(isNumber) AND \(key) > \(bind(high))"
        case .greaterOrEqual: return "m.maximum >= \(bind(value)) AND \(isNumber) AND \(key) >= \(bind(low))"
        case .equal: return "\(key) BETWEEN \(bind(low)) AND \(bind(high))"
        case .unequal: return "\(isNumber) AND \(key) NOT BETWEEN \(bind(low)) AND \(bind(high))"
        }
    }

    private static func key(_ value: Double) -> Int64 {
        let bits = Int64(bitPattern: value.bitPattern)
        return bits >= 0 ? bits : Int64.min &+ ~bits
    }

    private mutating func column(_ quantity: SessionWhere.Quantity) -> String {
        switch quantity {
        case .priority: "s.priority"
        case .gpus: "s.gpus"
        case .cpus: "s.cpus"
        case .step: "s.step"
        case .exit: "s.exitCode"
        case .age: "((\(bind(now.milliseconds)) - s.createdAt) / 1000.0)"
        case .duration: "((coalesce(s.finishedAt, \(bind(now.milliseconds))) - s.startedAt) / 1000.0)"
        }
    }
}
