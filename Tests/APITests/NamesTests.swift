import API
import Testing

@Suite struct NamesTests {
    @Test("a session's name is read and written back", arguments: ["alice/mnist/1", "t0005/rush1-1/177", "KR18284/None/12"])
    func sessionName(text: String) throws {
        #expect(try SessionName(parsing: text).description == text)
    }

    @Test(
        "what is no session's name is refused",
        arguments: [
            "", "alice", "alice/mnist", "alice/mnist/0", "alice/mnist/-1", "alice/mnist/x", "a/b/1/2", "/b/1", "../b/1", "a b/c/1", "é/c/1",
        ])
    func badSessionName(text: String) {
        #expect(throws: Failure.self) { try SessionName(parsing: text) }
    }

    @Test("a dataset may name its version")
    func datasetReference() throws {
        #expect(try DatasetReference(parsing: "mnist") == DatasetReference(name: DatasetName(parsing: "mnist")))
        #expect(try DatasetReference(parsing: "mnist@3").version == 3)
        for text in ["mnist@", "mnist@0", "mnist@x", "@1", "mnist@1@2"] {
            #expect(throws: Failure.self) { try DatasetReference(parsing: text) }
        }
    }

    @Test("a checkpoint's name is any text without control characters, in one normal form")
    func checkpointName() throws {
        #expect(try CheckpointName(parsing: "epoch 3/best é").rawValue == "epoch 3/best é")
        // The same letter composed and decomposed is one name.
        #expect(try CheckpointName(parsing: "e\u{301}") == CheckpointName(parsing: "\u{e9}"))
        for text in ["", "a\nb", "a\u{0}", String(repeating: "x", count: 256)] {
            #expect(throws: Failure.self) { try CheckpointName(parsing: text) }
        }
    }

    @Test("the joined form of a checkpoint keeps slashes in the checkpoint's own name")
    func checkpointReference() throws {
        let reference = try CheckpointReference(parsing: "alice/mnist/1/a/b")
        #expect(reference.session.number == 1)
        #expect(reference.checkpoint.rawValue == "a/b")
    }
}
