/// How a `SessionQuery` travels: `?user=&dataset=&all=true&pattern=&state=running&state=paused&where=FILTER&metric=NAME&order=descending&limit=&after=`.
extension SessionQuery {
    /// What is at its default is left out, but for the limit.
    package var queryItems: [(String, String)] {
        var items: [(String, String)] = []
        if let user { items.append(("user", user.rawValue)) }
        if let dataset { items.append(("dataset", dataset.rawValue)) }
        if includeFinal { items.append(("all", "true")) }
        if let pattern { items.append(("pattern", pattern)) }
        items += states.map { ("state", $0.rawValue) }
        if let filter { items.append(("where", filter.text)) }
        if case .metric(let name, let order) = sort { items += [("metric", name), ("order", order.rawValue)] }
        items.append(("limit", "\(limit)"))
        if let after { items.append(("after", after)) }
        return items
    }

    /// Reads what `queryItems` wrote; throws `invalid_value` for what it does not know.
    package init(queryItems: some Sequence<(String, String)>) throws {
        self.init()
        var metric: String?
        var order = MetricOrder.descending
        for (name, value) in queryItems {
            switch name {
            case "user": user = try UserName(parsing: value)
            case "dataset": dataset = value == DatasetName.none.rawValue ? DatasetName.none : try DatasetName(parsing: value)
            case "all": includeFinal = try Self.parse(name, value, Bool(value), expected: "true or false")
            case "pattern": pattern = value
            case "state":
                let expected = SessionState.allCases.map(\.rawValue).joined(separator: ", ")
                states.append(try Self.parse(name, value, SessionState(rawValue: value), expected: "one of \(expected)"))
            case "where": filter = try SessionWhere(parsing: value)
            case "metric":
                guard value.unicodeScalars.count <= 200 else {
                    throw Failure.invalidValue("metric", String(value.prefix(80)), expected: "at most 200 characters")
                }
                metric = value
            case "order": order = try Self.parse(name, value, MetricOrder(rawValue: value), expected: "ascending or descending")
            case "limit":
                limit = try Self.parse(name, value, Int(value).flatMap { (1...1000).contains($0) ? $0 : nil }, expected: "1 to 1000")
            case "after": after = value
            default:
                throw Failure.invalidValue(
                    "query", name, expected: "user, dataset, all, pattern, state, where, metric, order, limit or after")
            }
        }
        if let metric { sort = .metric(metric, order) }
    }

    private static func parse<Value>(_ name: String, _ text: String, _ value: Value?, expected: String) throws -> Value {
        guard let value else { throw Failure.invalidValue(name, text, expected: expected) }
        return value
    }
}
