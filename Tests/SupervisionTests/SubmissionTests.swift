import API
import Testing

@testable import Supervision

@Suite("What may be told of a submission") struct SubmissionTests {
    private let sources = [
        "main.py": "import model\n\nclass Odd(Exception): pass\n\ndef infer(data):\n    return model.ask(data)\n",
        "lib/model.py": "def ask(data):\n    raise ValueError\n",
    ]

    private func told(_ output: String) -> String? { AuthorTraceback(output: output, directory: "/app", sources: sources)?.sentence }

    @Test("the type of an error and the author's own line are told, and no word of its text")
    func traceback() {
        let output = """
            Traceback (most recent call last):
              File "/nsml/library/nsml/submitting.py", line 70, in _predict
                feed(output, infer)
              File "/app/main.py", line 6, in infer
                return model.ask(data)
              File "/app/lib/model.py", line 2, in ask
                raise ValueError("the label is 7")
            ValueError: the label is 7
            """
        #expect(told(output) == "ValueError at lib/model.py:2 in ask")
        #expect(told("  File \"/app/main.py\", line 3\n    class\nSyntaxError: invalid syntax\n") == "SyntaxError at main.py:3")
        #expect(told("done\n") == nil)
    }

    @Test(
        "what the author's code could make up is not passed on",
        arguments: [
            // A type that is no class of the author's, a line beyond the file's end, another file, a function that is not there.
            ("  File \"/app/main.py\", line 1, in infer\nLabel7Error: x", "an error of another kind at main.py:1 in infer"),
            ("  File \"/app/main.py\", line 700, in infer\nValueError: x", "ValueError"),
            ("  File \"/app/label7.py\", line 1, in infer\nValueError: x", "ValueError"),
            ("  File \"/app/main.py\", line 1, in label7\nValueError: x", "ValueError at main.py:1"),
            ("  File \"/etc/passwd\", line 1, in infer\nKeyError: x", "KeyError"),
        ])
    func forged(output: String, expected: String) { #expect(told("Traceback (most recent call last):\n\(output)\n") == expected) }

    @Test("an error class that the author's code defines is named")
    func ownClass() {
        #expect(told("Traceback (most recent call last):\n  File \"/app/main.py\", line 6, in infer\nOddError: x\n") != nil)
        let own = ["main.py": "class OddError(Exception): pass\n"]
        #expect(AuthorTraceback(output: "__main__.OddError: x\n", directory: "/app", sources: own)?.sentence == "OddError")
    }

    @Test("a score is one finite number on the last line, rounded to six digits")
    func scores() {
        let cases: [(String, Double?)] = [
            ("0.98765432\n", 0.987654), ("warning\n 42 \n\n", 42), ("-1e-3", -0.001), ("1234567.8", 1_234_570), (".5", 0.5), ("-0.0", 0),
            ("", nil), ("nan", nil), ("inf", nil), ("0x10", nil), ("1 2", nil), ("score: 1", nil), ("1e999", nil), ("1.2.3", nil),
            ("e5", nil),
            (String(repeating: "1", count: 65), nil),
        ]
        for (text, score) in cases { #expect(ScoreText.parse(text) == score, "\(text)") }
    }

    @Test("of the notes only known words count")
    func notes() {
        #expect(SubmissionNotes("").stage == .start)
        let failed = SubmissionNotes("load\ndata\ninfer\nfailed data wrong_count\n")
        #expect(failed.stage == .data && failed.fault == .wrongCount && !failed.isDone)
        let forged = SubmissionNotes("load\nlabel 7\nfailed label7 label7\n")
        #expect(forged.stage == .load && forged.fault == nil)
        #expect(SubmissionNotes("load\ndata\ninfer\ndone\n").isDone)
    }

    @Test("training sees nothing of the test part, predicting nothing of the labels, and the evaluation nothing of training")
    func views() throws {
        let digest = try Digest(parsing: String(repeating: "ab", count: 32))
        let paths = [
            "data_loader.py", "evaluation.py", "lib/x.py", "test/answers", "test/test_data/1.png", "test/test_label", "test/test_label.csv",
            "test_submit/test_data", "test_submit/test_label", "train/train_data", "train/test/test_label",
        ]
        let entries = paths.map { Manifest.Entry(path: $0, digest: digest, size: 1) }
        func seen(_ view: DatasetView) -> [String] { view.entries(of: entries).map(\.path).sorted() }
        let common = ["data_loader.py", "evaluation.py", "lib/x.py"]
        #expect(seen(.train) == common + ["train/test/test_label", "train/train_data"])
        #expect(seen(.submit) == common + ["test/test_data/1.png"])
        #expect(seen(.submitTest) == common + ["test/test_data", "test_submit/test_data"])
        #expect(seen(.evaluate) == common + ["test/answers", "test/test_data/1.png", "test/test_label", "test/test_label.csv"])
        #expect(
            seen(.evaluateTest) == common + ["test/test_data", "test/test_label", "test_submit/test_data", "test_submit/test_label"])
    }
}
