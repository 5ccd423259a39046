import API
import Foundation
import TestSupport
import Testing

@testable import nsml

@Suite("Inside of a session") struct InsideTests {
    @Test("a report is one line, and the step after the last is the default")
    func report() async throws {
        try await withTemporaryDirectory { directory in
            let journal = SessionJournal(directory: directory.path)
            #expect(journal.lastReport() == nil)
            try journal.append(
                ReportLine(time: 1, step: 7, summary: true, values: ["train/loss": MetricValue(0.5), "x": MetricValue(.nan)]))
            try journal.append(
                CheckpointLine(time: 2, name: CheckpointName(parsing: "a"), directory: "checkpoints/000001", step: 7, summary: [:]))
            let text = try String(contentsOf: directory.appending(path: "journal.ndjson"), encoding: .utf8)
            #expect(text.split(separator: "\n").count == 2)
            #expect(text.contains(#""values":{"train/loss":0.5,"x":"NaN"}"#))
            #expect(text.contains(#""kind":"checkpoint""#))
            #expect(journal.lastReport()?.step == 7)
            #expect(journal.lastReport()?.values["train/loss"] == MetricValue(0.5))
        }
    }

    @Test("a torn line before does not hide the report before it")
    func torn() async throws {
        try await withTemporaryDirectory { directory in
            let line = #"{"kind":"report","time":1,"step":3,"summary":true,"values":{}}"#
            try "\(line)\n{\"kind\":\"repo".write(to: directory.appending(path: "journal.ndjson"), atomically: true, encoding: .utf8)
            #expect(SessionJournal(directory: directory.path).lastReport()?.step == 3)
        }
    }

    @Test("metrics are names with numbers, and __ means /")
    func values() throws {
        let values = try ReportCommand.parse(["train__loss=0.25", "a/b=-1e-3", "k=v=2", "x=nan", "y=inf"])
        #expect(values["train/loss"]?.value == 0.25)
        #expect(values["k=v"]?.value == 2)
        #expect(values["x"]?.value.isNaN == true)
        for wrong in ["loss", "=1", "loss=", "loss=high"] {
            #expect(throws: Failure.self) { try ReportCommand.parse([wrong]) }
        }
    }

    @Test("each checkpoint gets a directory of its own with a copy of what was given")
    func save() async throws {
        try await withTemporaryDirectory { directory in
            let model = directory.appending(path: "model/sub")
            try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
            try "w".write(to: model.appending(path: "weights"), atomically: true, encoding: .utf8)
            let source = directory.appending(path: "model").path
            #expect(try CheckpointDirectory.copy(source, into: directory.path) == "checkpoints/000001")
            #expect(try CheckpointDirectory.copy("\(source)/sub/weights", into: directory.path) == "checkpoints/000002")
            let names = try FileManager.default.subpathsOfDirectory(atPath: directory.appending(path: "checkpoints").path).sorted()
            #expect(names == ["000001", "000001/sub", "000001/sub/weights", "000002", "000002/weights"])
            #expect(throws: Failure.self) { try CheckpointDirectory.copy("\(source)/absent", into: directory.path) }
        }
    }

    @Test("outside of sessions both say so")
    func outside() {
        #expect(throws: Failure.self) { try SessionJournal(environment: [:]) }
    }
}
