import ArgumentParser

/// The options of every command whose result is a table.
struct TableOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only these columns, in this order, joined by commas; 'all' for every one there is.", valueName: "names"))
    var columns: String?

    @Flag(help: "Print comma-separated values: bytes as numbers, times as RFC 3339.")
    var csv = false

    func show(_ table: Table, on output: Output) throws {
        let table = try columns.map(table.selecting) ?? table.standard
        if csv { try output.lines(table.csv()) } else { try output.table(table) }
    }
}

/// The options of every command that lists things which have names.
struct ListOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Print names only.")
    var quiet = false

    @OptionGroup var table: TableOptions

    /// Prints the table, or the names alone when nothing else was asked for. A person at a terminal is told what it means
    /// that there is nothing.
    func show(_ table: Table, names: [String], ifEmpty remark: String? = nil, on output: Output) throws {
        guard !quiet else { return try output.lines(names.map(Escaping.line)) }
        try self.table.show(table, on: output)
        if let remark, names.isEmpty, !self.table.csv, output.terminal.errorIsTerminal { output.note(Escaping.line(remark)) }
    }
}
