import Testing

@testable import Supervision

@Suite("scripts that do not take the platform's arguments")
struct ArgumentRefusalTests {
    private static let fork = ["--pause", "1", "--iteration", "best"]
    private static let infer = ["--mode", "infer", "--pause", "1"]

    @Test(
        "what the parsers say of them is understood",
        arguments: [
            (2, "usage: main.py [-h]\nmain.py: error: unrecognized arguments: --pause 1 --iteration best\n", fork),
            (2, "main.py: error: unrecognized arguments: 1\n", fork),
            (2, "main.py: error: argument --mode: invalid choice: 'infer' (choose from 'train', 'eval')\n", infer),
            (2, "main.py: error: argument --iteration: invalid int value: 'best'\n", fork),
            (2, "main.py: error: argument --pause: ignored explicit argument '1'\n", fork),
            (2, "Usage: main.py [OPTIONS]\nTry 'main.py --help' for help.\n\nError: No such option: --pause\n", fork),
            (2, "Error: No such option '--pause'.\n", fork),
            (2, "Error: Got unexpected extra argument (1)\n", fork),
            (2, "Error: Invalid value for '--mode': 'infer' is not one of 'train', 'eval'.\n", infer),
            (2, "ERROR: Could not consume arg: --pause\nUsage: main.py\n", fork),
            (1, "FATAL Flags parsing error: Unknown command line flag 'pause'\nPass --helpshort for help.\n", fork),
            (1, "Traceback (most recent call last):\ngetopt.GetoptError: option --pause not recognized\n", fork),
            (2, "main.py: error: no such option: --iteration\n", fork),
            (2, "│ Unrecognized options: --pause │\n", fork),
        ])
    func meant(_ exitCode: Int, _ output: String, _ added: [String]) {
        #expect(ArgumentRefusal.isMeant(exitCode: exitCode, outputTail: output, added: added))
    }

    @Test(
        "other ends are not taken for it",
        arguments: [
            (0, "main.py: error: unrecognized arguments: --pause 1\n", fork),
            (137, "main.py: error: unrecognized arguments: --pause 1\n", fork),
            (2, "main.py: error: unrecognized arguments: --depth 7\n", fork),
            (2, "main.py: error: the following arguments are required: --lr\n", fork),
            (1, "ValueError: pause must not be negative\n", fork),
            (1, "RuntimeError: out of patience in iteration 9\n", fork),
            (2, "python3: can't open file '/app/main.py': [Errno 2] No such file or directory\n", fork),
            (2, "main.py: error: unrecognized arguments: --pause 1\n", []),
        ])
    func other(_ exitCode: Int, _ output: String, _ added: [String]) {
        #expect(!ArgumentRefusal.isMeant(exitCode: exitCode, outputTail: output, added: added))
    }
}
