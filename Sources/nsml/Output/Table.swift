/// A table as NSML's users know it: a header row, a dashed rule, gaps of two spaces. On a terminal the columns that
/// may give way are cut with `…` so that a row fits; elsewhere nothing is cut.
struct Table: Sendable {
    struct Column: Sendable {
        enum Alignment: Sendable { case left, right }

        var title: String
        var alignment: Alignment
        /// Whether the column may be cut to make a row fit.
        var givesWay: Bool

        init(_ title: String, _ alignment: Alignment = .left, givesWay: Bool = false) {
            self.title = title
            self.alignment = alignment
            self.givesWay = givesWay
        }
    }

    struct Cell: Sendable, ExpressibleByStringLiteral {
        var text: String
        var color: Color?

        init(_ text: String, color: Color? = nil) {
            self.text = Escaping.line(text)
            self.color = color
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    static let gap = "  "
    /// No column that gives way becomes narrower than this or its title.
    static let minimumWidth = 8

    var columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with one cell for each column.
    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// The lines, for a terminal so wide or without any limit.
    func lines(width: Int?, color: Bool) -> [String] {
        let widths = self.widths(limit: width)
        let header = line(columns.map { Cell($0.title) }, widths: widths, color: false)
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: Self.gap)
        return [header, rule] + rows.map { line($0, widths: widths, color: color) }
    }

    private func widths(limit: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index].text)) }
        }
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap.count * (columns.count - 1) - limit
        let least = columns.map { max(Self.minimumWidth, DisplayWidth.of($0.title)) }
        // The widest gives way first, so that short columns stay whole as long as possible.
        while excess > 0,
            let widest = columns.indices.filter({ columns[$0].givesWay && widths[$0] > least[$0] }).max(by: { widths[$0] < widths[$1] })
        {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [Cell], widths: [Int], color: Bool) -> String {
        var parts: [String] = []
        for (index, cell) in cells.enumerated() {
            let text = columns[index].givesWay ? DisplayWidth.truncate(cell.text, to: widths[index]) : cell.text
            let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(text)))
            let shown = if color, let tint = cell.color { tint.applied(to: text) } else { text }
            let isLast = index == cells.count - 1
            switch columns[index].alignment {
            case .left: parts.append(isLast ? shown : shown + padding)
            case .right: parts.append(padding + shown)
            }
        }
        var line = parts.joined(separator: Self.gap)
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }
}
