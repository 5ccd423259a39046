import API
import Foundation
import Logging
import TestSupport
import Testing

@testable import Supervision

@Suite("a server that stays away")
struct RefusalTests {
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let away = Failure(.serverUnreachable, "away")

    private func withFiles(_ body: (SessionFiles) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let files = SessionFiles(directory: directory.path)
            try Data("{}".utf8).write(to: URL(filePath: files.plan))
            try body(files)
        }
    }

    @Test("is waited for while the process runs, and for the time of patience when it has ended")
    func waits() async throws {
        try await withFiles { files in
            let patient = Refusals(files: files, patience: .seconds(3600))
            let hasty = Refusals(files: files, patience: .zero)
            for _ in 0..<3 {
                try patient.check(away, log: log)
                try hasty.check(away, log: log)
            }
            patient.processEnded()
            hasty.processEnded()
            try patient.check(away, log: log)
            #expect(throws: Superseded.self) { try hasty.check(away, log: log) }
            // One that answers, and has no room, is there.
            try hasty.check(Failure(.storageFull, "full"), log: log)
        }
    }

    @Test("is waited for no longer when the session's directory is gone too")
    func gone() async throws {
        try await withFiles { files in
            let refusals = Refusals(files: files, patience: .seconds(3600))
            try refusals.check(away, log: log)
            try FileManager.default.removeItem(atPath: files.plan)
            #expect(throws: Superseded.self) { try refusals.check(away, log: log) }
        }
    }
}
