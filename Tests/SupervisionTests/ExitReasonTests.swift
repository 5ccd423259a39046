import API
import Foundation
import Testing

@testable import Supervision

@Suite("why a session ended")
struct ExitReasonTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var exit: ProcessExit
        var limit: Int64 = 24_000_000_000
        var network = true
        var step: Int64?
        var output = ""
        var reason: String?
        var testDescription: String { reason ?? "nothing to explain" }
    }

    static let traceback = """
        epoch 1
        Traceback (most recent call last):
          File "/app/main.py", line 3, in <module>
            import numpy
        """

    static let cases = [
        Case(exit: ProcessExit(exitCode: 0), output: "ValueError: printed by a script that ended well", reason: nil),
        Case(
            exit: ProcessExit(signal: 9, outOfMemory: true, memoryPeakBytes: 24_100_000_000), step: 8120,
            reason: "killed: out of memory, 24.1 of 24 GB, at step 8120"),
        Case(
            exit: ProcessExit(signal: 9, outOfMemory: true, memoryPeakBytes: 64_000_000), limit: 64_000_000,
            reason: "killed: out of memory, 64 of 64 MB"),
        Case(exit: ProcessExit(signal: 9, outOfMemory: true), limit: 1_500_000_000, reason: "killed: out of memory, the limit is 1.5 GB"),
        Case(exit: ProcessExit(signal: 9), reason: "killed by signal 9 (SIGKILL)"),
        Case(exit: ProcessExit(signal: 40), reason: "killed by signal 40"),
        Case(
            exit: ProcessExit(signal: 7), reason: "killed by signal 7 (SIGBUS); the shared memory may be full: run with a larger --shm-size"
        ),
        Case(exit: ProcessExit(exitCode: 3), output: "some text\nmore text", reason: "exited with code 3"),
        Case(
            exit: ProcessExit(exitCode: 1), output: traceback + "\nModuleNotFoundError: No module named 'numpy'\n",
            reason: "exited with code 1: ModuleNotFoundError: No module named 'numpy'; add the line numpy to requirements.txt"),
        Case(
            exit: ProcessExit(exitCode: 1), output: traceback + "\nModuleNotFoundError: No module named 'sklearn.linear_model'",
            reason:
                "exited with code 1: ModuleNotFoundError: No module named 'sklearn.linear_model'; add the line scikit-learn to requirements.txt"
        ),
        Case(
            exit: ProcessExit(exitCode: 1), output: traceback + "\nValueError: bad shape (3, 4)\nsome last words\n",
            reason: "exited with code 1: ValueError: bad shape (3, 4)"),
        Case(
            exit: ProcessExit(exitCode: 1), output: "  File \"main.py\", line 1\n    x =\n       ^\nSyntaxError: invalid syntax\n",
            reason: "exited with code 1: SyntaxError: invalid syntax"),
        Case(
            exit: ProcessExit(exitCode: 2),
            output: "usage: main.py [-h]\nmain.py: error: unrecognized arguments: --pause 1 --iteration best\n",
            reason:
                "exited with code 2: main.py: error: unrecognized arguments: --pause 1 --iteration best"
        ),
        Case(
            exit: ProcessExit(exitCode: 1), network: false,
            output: traceback + "\nurllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>\n",
            reason:
                "exited with code 1: urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>; the session has no network: run with --network"
        ),
        Case(
            exit: ProcessExit(exitCode: 6), network: false, output: "curl: (6) Network is unreachable\n",
            reason: "exited with code 6; the session has no network: run with --network"),
        Case(
            exit: ProcessExit(exitCode: 1), output: traceback + "\ntorch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate\n",
            reason:
                "exited with code 1: torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate; the GPU's memory is too small: use smaller batches"
        ),
    ]

    @Test("the sentence for each end", arguments: cases)
    func sentence(_ one: Case) {
        let reason = ExitReason(exit: one.exit, memoryLimitBytes: one.limit, network: one.network, step: one.step, outputTail: one.output)
        #expect(reason.sentence == one.reason)
    }

    @Test("modules come from packages of other names")
    func packages() {
        let expected = [
            "cv2": "opencv-python-headless", "PIL": "pillow", "PIL.Image": "pillow", "yaml": "pyyaml", "torch": "torch",
            "google.protobuf": "protobuf", "My_Module": "my-module",
        ]
        for (module, package) in expected { #expect(PackageNames.package(forModule: module) == package) }
    }

    @Test("a stop, a time that is over and a failed start each have their state")
    func ends() throws {
        let plan = try SessionPlan.example()
        func end(_ code: Int?, signal: Int? = nil, stop: ShippedRecord.Stop? = nil, startFailure: String? = nil) -> SessionEnd {
            SessionEnd(
                exit: ExitRecord(
                    epoch: 1, exitCode: code, signal: signal, outOfMemory: false, startFailure: startFailure, endedAt: Date()), stop: stop,
                plan: plan, step: nil, outputTail: "")
        }
        let asked = ShippedRecord.Stop(outcome: .stopped, graceSeconds: 30, save: true)
        let idle = ShippedRecord.Stop(reason: "idle for 600 s", outcome: .finished, graceSeconds: 5, save: false)
        #expect(end(0) == SessionEnd(state: .finished, exit: ProcessExit(exitCode: 0)))
        #expect(end(1) == SessionEnd(state: .failed, exit: ProcessExit(exitCode: 1), reason: "exited with code 1"))
        #expect(end(nil, signal: 15, stop: asked) == SessionEnd(state: .stopped, exit: ProcessExit(signal: 15)))
        #expect(end(nil, signal: 9, stop: asked).reason == "killed: it did not end within 30 s of being asked to")
        #expect(end(nil, signal: 15, stop: idle) == SessionEnd(state: .finished, exit: ProcessExit(signal: 15), reason: "idle for 600 s"))
        #expect(end(nil, startFailure: "no").state == .failed)
        #expect(end(nil, startFailure: "no").exit == nil)
    }
}
