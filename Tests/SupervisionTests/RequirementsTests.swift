import API
import Testing

@testable import Supervision

@Suite("what a workspace needs")
struct RequirementsTests {
    private func parse(_ files: [String: String]) throws -> Requirements {
        var parser = RequirementsParser { files[$0] }
        try parser.parse(file: "requirements.txt")
        return parser.result
    }

    @Test(
        "lines in their normal form",
        arguments: [
            ("numpy", ["numpy"]), ("NumPy >= 1.2 , < 2  # comment", ["numpy>=1.2,<2"]), ("Scikit_Learn==1.4", ["scikit-learn==1.4"]),
            ("a.b-C[extra,more]~=1", ["a-b-c[extra,more]~=1"]), ("# nothing\n\n  \n", []),
            ("x ; python_version < '3.9'", ["x; python_version < '3.9'"]), ("x==1 \\\n  --hash=sha256:ab", ["x==1 --hash=sha256:ab"]),
            ("torch==2.13.0+cpu", ["torch==2.13.0+cpu"]), ("x @ https://h/x-1.whl", ["x @ https://h/x-1.whl"]),
            ("git+https://h/r.git@v1#egg=r", ["git+https://h/r.git@v1#egg=r"]), ("a\r\nb\r\n", ["a", "b"]), ("\u{FEFF}a", ["a"]),
        ])
    func lines(_ text: String, _ expected: [String]) throws {
        #expect(try parse(["requirements.txt": text]).lines.map(\.text) == expected)
    }

    @Test("other files are read where they are named, once each, and only in the workspace")
    func includes() throws {
        let found = try parse([
            "requirements.txt": "-r more/a.txt\nx\n-c limits.txt", "more/a.txt": "y\n--requirement ./b.txt\n-r ../requirements.txt",
            "more/b.txt": "z", "limits.txt": "x<3",
        ])
        #expect(found.lines.map(\.text) == ["y", "z", "x"])
        #expect(found.lines.map(\.file) == ["more/a.txt", "more/b.txt", "requirements.txt"])
        #expect(found.constraints == ["x<3"])
        #expect(throws: Failure.self) { try parse(["requirements.txt": "-r ../secret.txt"]) }
        #expect(throws: Failure.self) { try parse(["requirements.txt": "-r /etc/passwd"]) }
        #expect(throws: Failure.self) { try parse(["requirements.txt": "-r absent.txt"]) }
    }

    @Test(
        "what names files of the workspace is refused with its line",
        arguments: [
            "-e .", "--editable ./pkg", "./x", "../x", "/abs/x", "x @ file:///x", "dist/x-1.0.whl", "pkg.tar.gz", "--find-links wheels",
        ])
    func refused(_ line: String) throws {
        let failure = #expect(throws: Failure.self) { try parse(["requirements.txt": "numpy\n\(line)\n"]) }
        #expect(failure?.code == .environmentFailed)
        #expect(failure?.message.contains(line) == true)
    }

    @Test("options that say where packages come from are part of the needs")
    func options() throws {
        let found = try parse([
            "requirements.txt": "-i https://i/simple\n--extra-index-url=https://e\n--pre\n--use-feature=fast-deps\n-f https://l/x.html\nx"
        ])
        #expect(found.options == ["--index-url https://i/simple", "--extra-index-url https://e", "--pre", "--find-links https://l/x.html"])
        #expect(found.notes.count == 1)
        #expect(
            found.installerFile
                == "--index-url https://i/simple\n--extra-index-url https://e\n--pre\n--find-links https://l/x.html\nx\n")
    }

    @Test("the hash is the same for the same needs, and another for others")
    func hashes() throws {
        let python = BasePython(
            executable: "/usr/bin/python3", prefixes: ["/usr"], version: "3.11.2", implementation: "cpython", platform: "linux-x86_64")
        var other = python
        other.version = "3.12.0"
        let one = try parse(["requirements.txt": "NumPy>=1\nscikit_learn"])
        let same = try parse(["requirements.txt": "# why\nscikit-learn\nnumpy >= 1\nnumpy>=1"])
        let different = try parse(["requirements.txt": "numpy>=2\nscikit-learn"])
        #expect(one.hash(python: python) == same.hash(python: python))
        #expect(one.hash(python: python) != different.hash(python: python))
        #expect(one.hash(python: python) != one.hash(python: other))
        #expect(one.hash(python: python).count == 16)
    }

    @Test(
        "the image in a first line, in all its spellings",
        arguments: [
            ("#nsml: nsml/default_ml:latest\nimport x", "nsml/default_ml:latest"), ("# nsml: a/b", "a/b"), ("#nsml:a", "a"),
            ("# nsml:a ", "a"),
            ("import x\n#nsml: a", nil), ("#nsml:", nil), ("", nil), ("# something", nil),
        ])
    func images(_ text: String, _ image: String?) {
        #expect(RequirementsParser.image(text) == image)
    }

    @Test(
        "versions of Python",
        arguments: [
            (">=3.8", true), (">=3.8,<3.11", false), ("==3.11.*", true), ("==3.10.*", false), ("~=3.10", true), ("~=3.11.1", true),
            ("~=3.10.1", false), ("!=3.11.2", false), (">3.11", true), ("<=3.11", false), ("<4", true), (">=3.13", false),
            ("nonsense", true),
            ("", true), ("===3.11.2", true),
        ])
    func pythons(_ specifier: String, _ isSatisfied: Bool) {
        #expect(PythonVersion.satisfies("3.11.2", specifier) == isSatisfied)
    }

    @Test(
        "what the installer says becomes a sentence that names the line",
        arguments: [
            (
                "  × No solution found when resolving dependencies:\n  ╰─▶ Because foo was not found in the package registry and you require foo, we can conclude that your requirements are unsatisfiable.\n",
                "'foo==99'"
            ),
            (
                "ERROR: Could not find a version that satisfies the requirement foo==99 (from versions: none)\nERROR: No matching distribution found for foo==99\n",
                "'foo==99'"
            ),
            ("  × Failed to build `visdom==0.2.4`\n  ├─▶ The build backend returned an error\n", "'visdom'"),
            ("error: No virtual environment; ensurepip is not available", "uv, or python3-venv"),
            ("OSError: [Errno 28] No space left on device", "the disk is full"),
            ("error: error sending request for url: dns error", "could not be reached"), ("", "said nothing"),
        ])
    func failures(_ output: String, _ expected: String) throws {
        let needs = try parse(["requirements.txt": "foo==99\nvisdom\nnumpy"])
        let failure = EnvironmentFailure.explain(output: output, status: 1, requirements: needs, network: true)
        #expect("\(failure)".contains(expected), "\(failure)")
        #expect(failure.code == .environmentFailed)
    }

    @Test("pip's configuration and variables become those of whatever installs")
    func index() {
        let configuration = """
            [global]
            cert = /c/ca.crt
            # index-url = no
            extra-index-url =
                https://one
                https://two
            [freeze]
            find-links = /no
            """
        let index = PackageIndex(
            environment: ["PIP_FIND_LINKS": "/wheels https://x", "HOME": "/h", "SECRET": "s"], configuration: [configuration])
        #expect(index.variables["UV_FIND_LINKS"] == "/wheels,https://x")
        #expect(index.variables["PIP_CERT"] == "/c/ca.crt")
        #expect(index.variables["SSL_CERT_FILE"] == "/c/ca.crt")
        #expect(index.variables["UV_INDEX"] == "https://one https://two")
        #expect(index.variables["UV_DEFAULT_INDEX"] == nil)
        #expect(index.variables["SECRET"] == nil)
        #expect(index.directories == ["/wheels"])
    }
}
