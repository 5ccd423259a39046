import API
import Foundation

/// A table as NSML's users know it: a header row, a dashed rule, gaps of two spaces. On a terminal the columns that
/// may give way are cut with `…` so that a row fits, and where that is not enough the least important ones are left out;
/// elsewhere nothing is cut and nothing is left out.
struct Table: Sendable {
    struct Column: Sendable {
        enum Alignment: Sendable { case left, right }

        var title: String
        var alignment: Alignment
        /// Whether the column may be cut to make a row fit.
        var givesWay: Bool
        /// What `--columns` and the first line of `--csv` call it.
        var key: String
        /// Whether it is shown only to who asks for it by `--columns`.
        var isExtra: Bool
        /// Whether the text goes on in further lines, below itself, where it is too long: of a table's last column.
        var wraps: Bool
        /// On a terminal too narrow for all, the columns with the largest number are left out first; 0: never.
        var dispensability: Int

        init(
            _ title: String, _ alignment: Alignment = .left, givesWay: Bool = false, wraps: Bool = false, key: String? = nil,
            isExtra: Bool = false, dispensability: Int = 0
        ) {
            self.title = title
            self.alignment = alignment
            self.givesWay = givesWay || wraps
            self.wraps = wraps
            self.key = key ?? title.lowercased().replacing(" ", with: "-")
            self.isExtra = isExtra
            self.dispensability = dispensability
        }
    }

    struct Cell: Sendable, ExpressibleByStringLiteral {
        var text: String
        var color: Color?
        /// The same for programs, as `--csv` prints it: bytes as a number, a time as RFC 3339.
        var exact: String

        init(_ text: String, color: Color? = nil, exact: String? = nil) {
            self.text = Escaping.line(text)
            self.color = color
            self.exact = exact ?? self.text
        }

        init(stringLiteral text: String) { self.init(text) }

        /// A number of bytes.
        static func bytes(_ bytes: Int64) -> Cell { Cell(ByteSize.format(bytes), exact: "\(bytes)") }

        /// A time, shown as how long ago it was; nil is shown as `absent`.
        static func ago(_ time: Date?, now: Date = Date(), absent: String = "-") -> Cell {
            Cell(time.map { TimeSpan.ago($0, now: now) } ?? absent, exact: time.map(Wire.format) ?? "")
        }
    }

    static let gap = "  "
    /// No column that gives way becomes narrower than this or its title.
    static let minimumWidth = 8

    var columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with one cell for each column.
    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// The table without those columns that nobody asked for.
    var standard: Table { keeping(columns.indices.filter { !columns[$0].isExtra }) }

    /// The table with these columns in this order; `all` stands for every one there is. Case, blanks and `#` do not count.
    func selecting(_ list: String) throws -> Table {
        var chosen: [Int] = []
        for word in list.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) where !word.isEmpty {
            if word == "all" {
                chosen += columns.indices
                continue
            }
            guard let index = columns.firstIndex(where: { Self.same($0.key, word) || Self.same($0.title, word) }) else {
                let keys = columns.map(\.key)
                let near = Nearest.match(for: word, among: keys).map { "did you mean '\($0)'? " } ?? ""
                throw Failure(.invalidValue, "there is no column '\(word)'", hint: near + "there are \(keys.joined(separator: ", "))")
            }
            chosen.append(index)
        }
        guard !chosen.isEmpty else {
            throw Failure.invalidValue(
                "columns", list, expected: "names joined by commas, of \(columns.map(\.key).joined(separator: ", "))")
        }
        var table = keeping(chosen)
        // What was asked for by name is never left out.
        for index in table.columns.indices { table.columns[index].dispensability = 0 }
        return table
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        func plain(_ text: String) -> String { text.lowercased().filter { !" -_#".contains($0) } }
        return plain(left) == plain(right)
    }

    private func keeping(_ indices: [Int]) -> Table {
        var table = Table(indices.map { columns[$0] })
        table.rows = rows.map { row in indices.map { row[$0] } }
        return table
    }

    /// Comma-separated values as RFC 4180 has them, with a line of names first.
    func csv() -> [String] {
        ([columns.map(\.key)] + rows.map { $0.map(\.exact) }).map { $0.map(Self.quoted).joined(separator: ",") }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// The lines, for a terminal so wide or without any limit.
    func lines(width: Int?, color: Bool) -> [String] {
        guard let width else { return laidOut(width: nil, color: color) }
        var table = self
        while table.leastWidth > width,
            let last = table.columns.indices.filter({ table.columns[$0].dispensability > 0 })
                .max(by: { table.columns[$0].dispensability < table.columns[$1].dispensability })
        {
            table = table.keeping(table.columns.indices.filter { $0 != last })
        }
        return table.laidOut(width: width, color: color)
    }

    private func laidOut(width: Int?, color: Bool) -> [String] {
        let widths = self.widths(limit: width)
        let header = line(columns.map { Cell($0.title) }, widths: widths, color: false)
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: Self.gap)
        return [header, rule] + rows.flatMap { wrapped($0, widths: widths, color: color) }
    }

    /// How wide each column is when nothing is cut.
    private var naturalWidths: [Int] {
        columns.indices.map { index in
            rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index].text)) }
        }
    }

    /// How narrow each column may become.
    private func leastWidths(_ natural: [Int]) -> [Int] {
        columns.indices.map { index in
            columns[index].givesWay ? min(natural[index], max(Self.minimumWidth, DisplayWidth.of(columns[index].title))) : natural[index]
        }
    }

    private var leastWidth: Int { leastWidths(naturalWidths).reduce(0, +) + Self.gap.count * (columns.count - 1) }

    private func widths(limit: Int?) -> [Int] {
        var widths = naturalWidths
        guard let limit else { return widths }
        var excess = widths.reduce(0, +) + Self.gap.count * (columns.count - 1) - limit
        let least = leastWidths(widths)
        // The widest gives way first, so that short columns stay whole as long as possible.
        while excess > 0, let widest = columns.indices.filter({ widths[$0] > least[$0] }).max(by: { widths[$0] < widths[$1] }) {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    /// A row, with further lines where the last column's text goes on below itself.
    private func wrapped(_ cells: [Cell], widths: [Int], color: Bool) -> [String] {
        guard columns.last?.wraps == true, let cell = cells.last, let width = widths.last, DisplayWidth.of(cell.text) > width else {
            return [line(cells, widths: widths, color: color)]
        }
        let parts = DisplayWidth.wrap(cell.text, to: width)
        let blanks = cells.dropLast().map { _ in Cell("") }
        return parts.enumerated().map { index, part in
            line((index == 0 ? Array(cells.dropLast()) : blanks) + [Cell(part, color: cell.color)], widths: widths, color: color)
        }
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
