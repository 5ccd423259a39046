import API
import Foundation
import Testing

@testable import nsml

@Suite("Columns") struct ColumnTests {
    static func table() -> Table {
        var table = Table([
            .init("Name"), .init("# of Models", .right, key: "models", dispensability: 1), .init("Type", dispensability: 2),
            .init("Memory", isExtra: true),
        ])
        table.add(["alice/mnist/1", "3", "normal", .bytes(1_500)])
        table.add(["b", "1", .init("a,\"b\""), .bytes(7)])
        return table
    }

    @Test("are chosen by name, in that order, however they are written")
    func chosen() throws {
        let chosen = try Self.table().selecting("Models, name")
        #expect(chosen.lines(width: nil, color: false)[2] == "          3  alice/mnist/1")
        #expect(try Self.table().selecting("# OF models").columns.map(\.key) == ["models"])
        #expect(try Self.table().selecting("all").columns.count == 4)
        #expect(Self.table().standard.columns.map(\.key) == ["name", "models", "type"])
    }

    @Test("that there are not are refused with the nearest")
    func unknown() {
        let failure = #expect(throws: Failure.self) { try Self.table().selecting("nmae") }
        #expect(failure?.hint?.hasPrefix("did you mean 'name'? there are name, models") == true)
        #expect(throws: Failure.self) { try Self.table().selecting(" , ") }
    }

    @Test("are left out on a terminal too narrow for all of them, the least important first")
    func narrow() {
        #expect(Self.table().standard.lines(width: 40, color: false)[0] == "Name           # of Models  Type")
        #expect(Self.table().standard.lines(width: 30, color: false)[0] == "Name           # of Models")
        #expect(Self.table().standard.lines(width: 20, color: false)[0] == "Name")
    }

    @Test("as comma-separated values have exact numbers and quotes where they are needed")
    func commaSeparated() {
        #expect(
            Self.table().csv() == ["name,models,type,memory", "alice/mnist/1,3,normal,1500", "b,1,\"a,\"\"b\"\"\",7"])
        let time = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(Table.Cell.ago(time, now: time + 60).text == "1 minute ago")
        #expect(Table.Cell.ago(time).exact == Wire.format(time))
        #expect(Table.Cell.ago(nil, absent: "never").text == "never" && Table.Cell.ago(nil).exact.isEmpty)
    }
}

@Suite("Help topics") struct HelpTopicTests {
    @Test("'help' before a command is its --help; a topic is a page; anything else names the nearest")
    func requests() throws {
        #expect(try HelpTopic.request(in: ["help", "run"]) == .command(["run", "--help"]))
        #expect(try HelpTopic.request(in: ["help", "dataset", "push"]) == .command(["dataset", "push", "--help"]))
        for topic in HelpTopic.allCases {
            guard case .text(let text) = try HelpTopic.request(in: ["help", topic.rawValue]) else { throw CancellationError() }
            #expect(text.hasSuffix("\n") && text.split(separator: "\n").allSatisfy { $0.count <= 132 })
            #expect(HelpTopic.list.contains("nsml help \(topic.rawValue) "))
        }
        #expect(try HelpTopic.request(in: ["run", "help"]) == nil)
        #expect(try HelpTopic.request(in: ["help"]) == nil)
        let failure = #expect(throws: Failure.self) { try HelpTopic.request(in: ["help", "enviroment"]) }
        #expect(failure?.hint == "did you mean 'nsml help environment'?")
        #expect(throws: Failure.self) { try HelpTopic.request(in: ["help", "qqqqqq"]) }
    }
}

@Suite("Settings") struct SettingTests {
    static func value(_ setting: String, context: String? = nil, _ environment: [String: String] = [:]) throws -> SettingRecord? {
        let configuration = Configuration(
            current: "lab",
            contexts: [
                "lab": .init(url: "http://lab:7777", token: "t", user: try UserName(parsing: "alice")), "mine": .init(url: "http://m"),
            ])
        return try ShowConfigCommand.settings(context: context, configuration: configuration, path: "/c", environment: environment)
            .first { $0.setting == setting }
    }

    @Test("are shown with who says so, and the token never")
    func origins() throws {
        #expect(try Self.value("url") == .init(setting: "url", value: "http://lab:7777", origin: "/c"))
        #expect(try Self.value("token") == .init(setting: "token", value: "set", origin: "/c"))
        #expect(try Self.value("context", ["NSML_CONTEXT": "mine"])?.origin == "NSML_CONTEXT")
        #expect(try Self.value("token", ["NSML_CONTEXT": "mine"])?.value == "none")
        #expect(try Self.value("url", context: "mine", ["NSML_URL": "http://x"])?.value == "http://m")
        #expect(try Self.value("context", context: "mine")?.origin == "--context")
        #expect(try Self.value("url", ["NSML_URL": "http://x"])?.origin == "NSML_URL")
        #expect(try Self.value("token", ["NSML_TOKEN": "secret"]) == .init(setting: "token", value: "set", origin: "NSML_TOKEN"))
        #expect(try Self.value("color", ["NO_COLOR": "1"])?.value == "never")
    }
}
