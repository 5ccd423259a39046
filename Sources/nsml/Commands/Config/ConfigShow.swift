import API
import ArgumentParser
import Foundation

/// One setting, and who says so.
struct SettingRecord: Encodable, Sendable, Equatable {
    var setting: String
    var value: String
    var origin: String
}

struct ShowConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what commands go by, and with --origin who says so.",
        discussion: """
            EXAMPLES:
              nsml config show
              nsml config show --origin
              NSML_CONTEXT=lab nsml config show --origin

            The token itself is never shown.
            """)

    @Flag(help: "Where each value comes from: an option, a variable, the file, or nothing but the default.")
    var origin = false

    @OptionGroup(title: "Output") var table: TableOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let file = ConfigurationFile()
        let settings = try Self.settings(
            context: options.context, configuration: file.load(), path: file.path, environment: ProcessInfo.processInfo.environment)
        guard !options.json else { return try options.output.record(settings) }
        var rows = Table([.init("Setting"), .init("Value")] + (origin ? [.init("Origin", givesWay: true)] : []))
        for setting in settings { rows.add([.init(setting.setting), .init(setting.value)] + (origin ? [.init(setting.origin)] : [])) }
        try table.show(rows, on: options.output)
    }

    /// In the order in which `Connection` looks at things.
    static func settings(
        context: String?, configuration: Configuration, path: String, environment: [String: String]
    ) throws -> [SettingRecord] {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let connection = try Connection.resolve(context: context, configuration: configuration, environment: environment)
        let name = context ?? (variable("NSML_URL") == nil ? variable("NSML_CONTEXT") ?? configuration.current : nil)
        let byName =
            context != nil ? "--context" : variable("NSML_CONTEXT") != nil && variable("NSML_URL") == nil ? "NSML_CONTEXT" : path
        let tokenVariable = context == nil ? ["NSML_TOKEN", "NSML_TOKEN_FILE"].first { variable($0) != nil } : nil
        let data = DataLocation(option: nil, environment: environment).path
        return [
            .init(setting: "context", value: name ?? "-", origin: name == nil ? "nothing chosen" : byName),
            .init(
                setting: "url", value: connection.url,
                origin: context == nil && variable("NSML_URL") != nil ? "NSML_URL" : name == nil ? "default" : path),
            .init(
                setting: "user", value: connection.user?.rawValue ?? "-",
                origin: connection.user == nil ? "whoever the token belongs to" : path),
            .init(
                setting: "token", value: connection.token == nil ? "none" : "set",
                origin: connection.token == nil ? "'nsml login' gets one" : tokenVariable ?? path),
            .init(
                setting: "color", value: colour(environment),
                origin: ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"].first { variable($0) != nil } ?? "default"),
            .init(setting: "data", value: data, origin: variable("XDG_DATA_HOME") == nil ? "default" : "XDG_DATA_HOME"),
            .init(setting: "file", value: path, origin: variable("XDG_CONFIG_HOME") == nil ? "default" : "XDG_CONFIG_HOME"),
        ]
    }

    private static func colour(_ environment: [String: String]) -> String {
        let onTerminal = ColorChoice.automatic.allows(isTerminal: true, environment: environment)
        let inPipe = ColorChoice.automatic.allows(isTerminal: false, environment: environment)
        return inPipe ? "always" : onTerminal ? "on a terminal" : "never"
    }
}
