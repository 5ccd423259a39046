import API
import Foundation
import Testing

@Suite("Datasets, from outside") struct DatasetVerbTests {
    @Test("push, ls, search, fs, versions, pull, change and rm")
    func life() async throws {
        try await withPlatform { platform in
            let folder = try platform.folder(["a.csv": "1,2\n", "sub/b": "b"])
            let first = try await platform.nsml("dataset", "push", "mnist", folder.path)
            #expect(first.output == "mnist@1: 2 files, 5 B\n")
            #expect(first.errors.contains("below train/"))
            // The same again is no new version, and something else needs a word.
            #expect(try await platform.nsml("dataset", "push", "mnist", folder.path).output.hasPrefix("mnist@1 has these files already"))
            try "new".write(to: folder.appending(path: "c"), atomically: true, encoding: .utf8)
            #expect(
                try await platform.nsml("dataset", "push", "mnist", folder.path, status: 5).errors.contains(
                    "-f makes its next version, mnist@2"))
            #expect(try await platform.nsml("dataset", "push", "-f", "mnist", folder.path).output == "mnist@2: 3 files, 8 B\n")

            let list = try await platform.nsml("dataset", "ls")
            #expect(
                list.lines[0].split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
                    == ["Name", "Size", "Last Modified", "Author", "Description", "Tag"])
            #expect(list.lines[2].hasPrefix("mnist   8 B"))
            #expect(try await platform.nsml("datasets", "ls", "-q").lines == ["mnist"])
            #expect(try await platform.nsml("dataset", "search", "mn*", "-j").decoded(as: [DatasetRecord].self).count == 1)
            #expect(try await platform.nsml("dataset", "search", "zz", "-j").decoded(as: [DatasetRecord].self).isEmpty)
            let files = try await platform.nsml("dataset", "fs", "mnist@1", "--json").decoded(as: FileList.self)
            #expect(files.files.map(\.path) == ["train/a.csv", "train/sub/b"])
            #expect(try await platform.nsml("dataset", "versions", "mnist").lines.count == 4)

            let tooNew = try await platform.nsml("run", "-d", "mnist@9", "-e", "c", in: folder, status: 4)
            #expect(tooNew.errors.contains("the newest is mnist@2") && !tooNew.errors.contains("uploaded"), "\(tooNew.errors)")

            let copy = platform.directory.appending(path: "copy")
            try await platform.nsml("dataset", "pull", "mnist@1", copy.path)
            #expect(try String(contentsOf: copy.appending(path: "train/a.csv"), encoding: .utf8) == "1,2\n")
            try "changed".write(to: copy.appending(path: "train/a.csv"), atomically: true, encoding: .utf8)
            try await platform.nsml("dataset", "pull", "mnist@1", copy.path, status: 5)
            try await platform.nsml("dataset", "pull", "mnist@1", copy.path, "-f")
            #expect(try String(contentsOf: copy.appending(path: "train/a.csv"), encoding: .utf8) == "1,2\n")

            try await platform.nsml("dataset", "change", "mnist", "--description", "Ziffern", "--tags", "#a #b", "-l", "mse", "--private")
            try await platform.nsml("user", "add", "bob")
            #expect(try await platform.nsml("dataset", "change", "mnist", "-u", "bob").output == "changed mnist: private, also for bob\n")
            #expect(try await platform.nsml("dataset", "ls").output.contains("(private, also for bob)"))
            #expect(try await platform.nsml("dataset", "change", "mnist", "--remove-user", "bob").output == "changed mnist: private\n")
            let changed = try await platform.nsml("dataset", "ls", "--json").decoded(as: [DatasetRecord].self)
            let settings = try #require(changed.first).settings
            #expect(settings.description == "Ziffern" && settings.tags == ["a", "b"] && settings.isPrivate)
            #expect(settings.metric == "mse" && settings.order == .ascending)
            try await platform.nsml("dataset", "change", "mnist", status: 2)

            #expect(try await platform.nsml("dataset", "rm", "mnist").output == "removed mnist\n")
            try await platform.nsml("dataset", "fs", "mnist", status: 4)
        }
    }

    @Test("a competition's files stay where they are, and -e brings its program")
    func competition() async throws {
        try await withPlatform { platform in
            let folder = try platform.folder([
                "train/train_data": "1", "test/test_data": "1", "test/test_label": "2", "data_loader.py": "",
            ])
            let program = try platform.folder(["score [1].py": "print(1)"]).appending(path: "score [1].py")
            try await platform.nsml("dataset", "push", "-v", "-f", "-l", "-e", program.path, "4_cls_food", folder.path)
            let files = try await platform.nsml("dataset", "fs", "4_cls_food", "--json").decoded(as: FileList.self)
            #expect(
                files.files.map(\.path) == ["data_loader.py", "evaluation.py", "test/test_data", "test/test_label", "train/train_data"])
            let list = try await platform.nsml("dataset", "ls", "--json").decoded(as: [DatasetRecord].self)
            #expect(list.first?.settings.metric == "custom")
            try await platform.nsml("dataset", "push", "nothing", platform.directory.appending(path: "absent").path, status: 4)
        }
    }
}
