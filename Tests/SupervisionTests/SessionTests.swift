import API
import Foundation
import Testing

@testable import Supervision

/// Whether bubblewrap works on this machine, as the user that sessions get.
let hasBubblewrap = FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap")

@Suite("a session, from its plan to its last byte")
struct SessionTests {
    @Test("what a process prints arrives, and how it ended", arguments: SessionPlan.Sandbox.allCases)
    func runs(_ sandbox: SessionPlan.Sandbox) async throws {
        guard sandbox == .none || hasBubblewrap else { return }
        try await withSession("import os\nprint('hello from', os.getcwd())", sandbox: sandbox) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .finished, "\(end)")
            #expect(end.exit?.exitCode == 0)
            #expect(end.reason == nil)
            let directory = sandbox == .none ? session.files.code : "/app"
            #expect(session.output == "hello from \(directory)\n")
            #expect(session.progress.map(\.state) == [.preparing, .running, .finished])
        }
    }
}
