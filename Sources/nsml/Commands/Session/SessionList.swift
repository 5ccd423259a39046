import API
import ArgumentParser
import Client
import Foundation

struct ListSessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List sessions, newest first.",
        discussion: """
            EXAMPLES:
              nsml ps                                # yours that are not over
              nsml ps -a -d mnist                    # all of yours on a dataset
              nsml ps -a --sort test/accuracy        # the best first
              nsml ps -a --csv --columns name,args,test/accuracy
              nsml ps -a --where 'metric.test/accuracy>0.98 arg.lr:0.1'

            'nsml help filters' says all that --where takes.
            """,
        aliases: ["sessions"])

    @Flag(name: [.short, .long], help: "Exited ones too.")
    var all = false

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("The newest so many, exited ones too.", valueName: "count"))
    var last: Int?

    @Option(
        name: [.customShort("d"), .customLong("data"), .customLong("dataset")], help: "Those on a dataset.",
        completion: .names(of: .datasets))
    var dataset: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Those whose name matches; * and ? are wildcards.", valueName: "pattern"))
    var search: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Those that a filter fits, as in the table of the page.", valueName: "filter"))
    var filter: String?

    @Option(help: ArgumentHelp("Those of another user.", valueName: "name"))
    var user: String?

    @Flag(help: "Those of everybody.")
    var everyone = false

    @Option(
        help: ArgumentHelp(
            "By a metric's best value, largest first; METRIC:ascending: smallest first.", valueName: "metric"))
    var sort: String?

    @Flag(name: [.customShort("w"), .long], help: "Look again every two seconds until Ctrl-C.")
    var watch = false

    @OptionGroup(title: "Output") var list: ListOptions

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        try await options.withClient { client in
            let query = try await self.query(client: client)
            guard watch else { return try show(try await self.sessions(query, client: client)) }
            _ = try await Interrupt.ends {
                while true {
                    let sessions = try await self.sessions(query, client: client)
                    // From the top, and what stood below it goes away.
                    if options.output.terminal.isTerminal, !options.json { try options.output.bytes(Array("\u{1B}[H\u{1B}[J".utf8)) }
                    try options.json ? sessions.forEach(options.output.streamed) : show(sessions)
                    try await Task.sleep(for: .seconds(2))
                }
            }
        }
    }

    private func query(client: APIClient) async throws -> SessionQuery {
        if let last, last < 1 { throw Failure.invalidValue("count", "\(last)", expected: "a number from 1") }
        var query = SessionQuery(
            dataset: try dataset.map { try DatasetName(parsing: $0) }, includeFinal: all || last != nil, pattern: search.map(Self.pattern),
            filter: try filter.map { try SessionWhere(parsing: $0) }, sort: try sort.map(Self.parseSort) ?? .created)
        if let user {
            query.user = try UserName(parsing: user)
        } else if !everyone, query.filter?.namesUsers != true {
            query.user = try await client.whoami().user
        }
        query.limit = min(last ?? 1_000, 1_000)
        return query
    }

    private func sessions(_ query: SessionQuery, client: APIClient) async throws -> [SessionRecord] {
        try await collect(limit: last ?? .max) { after in
            var query = query
            query.after = after
            return try await client.sessions(query)
        }
    }

    private func show(_ sessions: [SessionRecord]) throws {
        let output = options.output
        guard !options.json else { return try output.record(sessions) }
        let table = SessionTable.make(sessions, askedColumns: list.table.columns)
        try list.show(table, names: sessions.map(\.name.description), ifEmpty: remark, on: output)
    }

    /// What it means that there is none.
    private var remark: String {
        let isPart = search != nil || filter != nil || dataset != nil || user != nil || everyone
        guard !all, last == nil else { return isPart ? "there is no such session" : "you have none yet; 'nsml run' makes one" }
        return "\(isPart ? "no such session" : "none of yours") waits or runs; 'nsml ps -a' shows those that are over"
    }

    /// A word without wildcards is looked for anywhere in the name.
    static func pattern(_ text: String) -> String { SessionArgument.isPattern(text) ? text : "*\(text)*" }

    /// `loss:ascending`, `test/accuracy`. A metric's own name may hold colons.
    static func parseSort(_ text: String) throws -> SessionQuery.Sort {
        for order in MetricOrder.allCases where text.hasSuffix(":\(order.rawValue)") {
            return .metric(String(text.dropLast(order.rawValue.count + 1)), order)
        }
        guard !text.isEmpty else { throw Failure.invalidValue("metric", text, expected: "METRIC or METRIC:ascending") }
        return .metric(text, .descending)
    }
}
