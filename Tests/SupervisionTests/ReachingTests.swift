import API
import Foundation
import Testing

@testable import Supervision

@Suite("Reaching code that never imports the library") struct ReachingTests {
    private func program(sandbox: SessionPlan.Sandbox, arguments: [String], main: Int32) throws -> Joining? {
        let plan = try SessionPlan.example { $0.sandbox = sandbox }
        let launch = LaunchRecord(epoch: 1, arguments: arguments, environment: ["A=1"], userId: plan.userId, sandbox: sandbox)
        return Reaching.program(
            plan: plan, files: SessionFiles(directory: plan.sessionDirectory), launch: launch, main: main, seconds: 5)
    }

    @Test("the session's own Python runs the platform's file, as the session's user, and reads nothing that the session could lay down")
    func plain() throws {
        let joining = try #require(try program(sandbox: .none, arguments: ["/p/bin/python3", "-u", "main.py", "-u", "main.py"], main: 17))
        #expect(
            joining.arguments == [
                "/p/bin/python3", "-I", "-S", "-B", "/d/library/nsml/reaching.py", "17", "5", "/d/sessions/7/share",
            ])
        #expect(joining.userId == 720_007 && joining.process == nil && joining.environment == ["A=1"])
    }

    @Test("in a sandbox it runs inside of it, where things have other names")
    func walled() throws {
        let own = getpid()
        let arguments = ["/usr/bin/bwrap", "--unshare-all", "--", "/p/bin/python3", "-u", "main.py", "--lr", "0.1"]
        let joining = try #require(try program(sandbox: .bubblewrap, arguments: arguments, main: own))
        #expect(joining.arguments.prefix(5) == ["/p/bin/python3", "-I", "-S", "-B", "/nsml/library/nsml/reaching.py"])
        #expect(joining.arguments.last == "/nsml/session" && joining.process == own)
    }

    @Test("a launch that runs no Python that we know is not tried")
    func unknown() throws {
        #expect(try program(sandbox: .none, arguments: ["/bin/true"], main: 17) == nil)
        #expect(try program(sandbox: .none, arguments: [], main: 17) == nil)
    }

    @Test("what came of it is told by the exit status, and why in one plain line")
    func outcome() {
        #expect(Reaching.outcome(status: 0, text: []) == .reached)
        #expect(Reaching.outcome(status: 1, text: Array("late\n".utf8)) == .late("late"))
        #expect(Reaching.outcome(status: 2, text: Array("a\n\u{1B}[31mno\u{202E}\n".utf8)) == .impossible("[31mno"))
        #expect(Reaching.outcome(status: 137, text: []) == .impossible("it ended with status 137"))
    }
}
