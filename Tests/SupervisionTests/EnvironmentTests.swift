import API
import Foundation
import TestSupport
import Testing

@testable import Supervision

@Suite("environments, built for real")
struct EnvironmentTests {
    /// Makes a directory of packages with `probe` 1.0 in it, a wheel that needs no building.
    private func makePackages(in root: URL) throws -> String {
        let directory = root.appending(path: "packages").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1] + '/probe-1.0-py3-none-any.whl', 'w') as wheel:
                wheel.writestr('probe.py', 'answer = 42\\n')
                wheel.writestr('probe-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: probe\\nVersion: 1.0\\n')
                wheel.writestr('probe-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
                wheel.writestr('probe-1.0.dist-info/RECORD', '')
            """
        #expect(try ChildProcess(["/usr/bin/env", "python3", "-c", script, directory]).waitUntilExit() == 0)
        chmod(directory, 0o755)
        return directory
    }

    private static let script = "import probe, sys\nprint(probe.answer, sys.prefix.split('/')[-2], sys.dont_write_bytecode)"

    @Test("packages are installed once, for all who need the same", arguments: sandboxes)
    func builds(_ sandbox: SessionPlan.Sandbox) async throws {
        let files = ["requirements.txt": "--no-index\nProbe == 1.0  # here\n"]
        try await withSession(Self.script, more: files, sandbox: sandbox) { session in
            let environment = ["PIP_FIND_LINKS": try makePackages(in: session.root), "PYTHONDONTWRITEBYTECODE": "1"]
            let first = try session.supervise(environment: environment)
            let end = try await session.end()
            first.waitUntilExit()
            #expect(end.state == .finished, "\(end) \(session.output)")
            let hash = try #require(session.progress.compactMap(\.environment).first)
            let lines = session.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "nsml: building the environment \(hash) with 1 package")
            #expect(lines.last == "42 environments False")
            // The next session with the same needs starts at once.
            var next = session.plan
            next.epoch = 2
            try Wire.encoder().encode(next).write(to: URL(filePath: session.files.plan))
            try Data("secret".utf8).write(to: URL(filePath: session.files.token(epoch: next.epoch)))
            try session.supervise(environment: environment)
            try await session.until("progress", "the second end") { session.progress.filter { $0.state == .finished }.count == 2 }
            #expect(session.output.components(separatedBy: "building the environment").count == 2)
            #expect(session.output.hasSuffix("42 environments False\n"))
        }
    }

    @Test("a package that is not to be had is named, with its file")
    func missingPackage() async throws {
        let files = ["requirements.txt": "--no-index\nprobe==1.0\nno-such-thing==3\n"]
        try await withSession(Self.script, more: files) { session in
            try session.supervise(environment: ["PIP_FIND_LINKS": try makePackages(in: session.root)])
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.reason?.contains("because of 'no-such-thing==3' in requirements.txt") == true, "\(end.reason ?? "")")
            #expect(session.progress.map(\.state) == [.preparing, .failed])
            #expect(session.output.contains("no-such-thing"))
        }
    }

    @Test("setup.py and pyproject.toml are read without being run")
    func reads() async throws {
        let files = [
            "setup.py": """
            #nsml: nsml/default_ml:latest
            from setuptools import setup
            open('/tmp/setup-py-was-run', 'w')
            needs = ['Probe==1.0']
            setup(name='x', install_requires=needs + [], python_requires='>=3.6')
            """, "pyproject.toml": "[project]\nname = 'x'\ndependencies = ['probe>=1']\nrequires-python = '>=3.7'\n",
            "nsml_package.txt": "libsndfile1\n", "requirements.txt": "--no-index\n",
        ]
        try await withSession(Self.script, more: files) { session in
            try session.supervise(environment: ["PIP_FIND_LINKS": try makePackages(in: session.root)])
            let end = try await session.end()
            #expect(end.state == .finished, "\(end)")
            #expect(session.output.contains("asks for the image 'nsml/default_ml:latest'"))
            #expect(session.output.contains("libsndfile1"))
            #expect(session.output.hasSuffix("42 environments False\n"))
            #expect(!FileManager.default.fileExists(atPath: "/tmp/setup-py-was-run"))
        }
    }

    @Test("a Python that the project cannot use is said at once")
    func python() async throws {
        try await withSession("", more: ["pyproject.toml": "[project]\nname = 'x'\nrequires-python = '<3'\n"]) { session in
            try session.supervise()
            let end = try await session.end()
            #expect(end.state == .failed)
            #expect(end.reason?.hasPrefix("pyproject.toml asks for Python <3, and this machine has 3.") == true, "\(end.reason ?? "")")
        }
    }

    @Test("those unused for longest are removed, never one in use")
    func prunes() async throws {
        try await withTemporaryRoot { root in
            let environments = Environments(directory: root.path)
            let python = BasePython(executable: "/p", prefixes: [], version: "3.11.2", implementation: "cpython", platform: "linux")
            for (number, hash) in ["old", "used", "new"].enumerated() {
                try await environments.make(hash, requirements: Requirements(), python: python) {
                    try FileManager.default.createDirectory(atPath: environments.path(of: hash), withIntermediateDirectories: true)
                    try Data(repeating: 1, count: 1000).write(to: URL(filePath: "\(environments.path(of: hash))/file"))
                }
                let times = [timespec(tv_sec: 1000 + number, tv_nsec: 0), timespec(tv_sec: 1000 + number, tv_nsec: 0)]
                utimensat(AT_FDCWD, "\(root.path)/\(hash).used", times, 0)
            }
            utimensat(AT_FDCWD, "\(root.path)/used.used", [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)], 0)
            let lock = try FileLock.share(environments.lockPath(of: "used"))
            try environments.prune(maximumBytes: 1000)
            withExtendedLifetime(lock) {}
            #expect(environments.isComplete("used"))
            #expect(!environments.isComplete("old"))
            #expect(!environments.isComplete("new"))
        }
    }

    @Test("one that a session is about to use is not removed, however much room is wanted", .timeLimit(.minutes(1)))
    func holds() async throws {
        try await withTemporaryRoot { root in
            let environments = Environments(directory: root.path)
            let python = BasePython(executable: "/p", prefixes: [], version: "3.11.2", implementation: "cpython", platform: "linux")
            func make() async throws -> FileLock {
                try await environments.make("x", requirements: Requirements(), python: python) {
                    try FileManager.default.createDirectory(atPath: environments.path(of: "x"), withIntermediateDirectories: true)
                    try Data(repeating: 1, count: 1000).write(to: URL(filePath: "\(environments.path(of: "x"))/file"))
                }
            }
            var held: FileLock? = try await make()
            try environments.prune(maximumBytes: 0)
            #expect(environments.isComplete("x"))
            withExtendedLifetime(held) {}
            // Another, who finds it there and does not build it, keeps it as well.
            held = try await make()
            try environments.prune(maximumBytes: 0)
            #expect(environments.isComplete("x"))
            withExtendedLifetime(held) {}
            held = nil
            // The thread that took the lock lets go of it in its own time.
            while environments.isComplete("x") { try environments.prune(maximumBytes: 0) }
            #expect(try await environments.hold("x") == nil)
        }
    }

    @Test(
        "a build that hangs, or wants more memory than it may, is ended with the reason",
        arguments: ["import time; time.sleep(1000)", "b'x' * (1 << 30)"])
    func limits(_ code: String) async throws {
        try await withSession("", sandbox: sandboxes.last ?? .none, change: { $0.resources.memoryBytes = 100_000_000 }) { session in
            // A package that builds itself, as setup.py would, without needing anything else.
            let packages = session.root.appending(path: "packages").path
            let script = """
                import io, sys, tarfile
                files = {'pyproject.toml': '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n'
                    '[project]\\nname = "slow"\\nversion = "1.0"\\n', 'backend.py': sys.argv[2] + '\\n',
                    'PKG-INFO': 'Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n'}
                with tarfile.open(sys.argv[1] + '/slow-1.0.tar.gz', 'w:gz') as tar:
                    for name, text in files.items():
                        entry = tarfile.TarInfo('slow-1.0/' + name)
                        entry.size = len(text)
                        tar.addfile(entry, io.BytesIO(text.encode()))
                """
            try FileManager.default.createDirectory(atPath: packages, withIntermediateDirectories: true)
            #expect(try ChildProcess(["/usr/bin/env", "python3", "-c", script, packages, code]).waitUntilExit() == 0)
            let settings = ProcessInfo.processInfo.environment.merging(["PIP_FIND_LINKS": packages, "PIP_NO_INDEX": "1"]) { $1 }
            let environments = Environments(directory: session.plan.environmentsDirectory)
            let python = try await BasePython.find(environment: settings, userId: nil, cache: environments.answers)
            var parser = RequirementsParser { _ in nil }
            try parser.add(["slow==1.0"], file: "requirements.txt")
            let groups = ControlGroups.detect()
            let isMemory = !code.contains("sleep")
            // Where nobody counts memory, nobody limits it.
            if isMemory, !groups.notes.isEmpty { return }
            let group = "7-test-\(isMemory ? "memory" : "time")-\(getpid())"
            let index = PackageIndex(environment: settings, configuration: [])
            #expect(!index.needsNetwork)
            var build = EnvironmentBuild(
                hash: "x", requirements: parser.result, python: python, environments: environments, index: index, plan: session.plan,
                sandbox: Sandbox(kind: session.plan.sandbox, host: HostLayout.detect(), isStaged: session.plan.userId != nil),
                output: OutputNotes(path: session.files.output), staging: session.files.staging,
                uv: await UV.find(environment: settings, python: python), groups: groups, groupName: group)
            build.minimumMemoryBytes = 300_000_000
            if !isMemory { build.limit = .seconds(8) }
            let small = build
            let failure = await #expect(throws: Failure.self) { try await small.run() }
            #expect(failure?.code == .environmentFailed)
            #expect(failure?.message.contains(isMemory ? "MB of memory" : "took longer") == true, "\(failure?.message ?? "")")
            for hierarchy in groups.hierarchies { #expect(!FileManager.default.fileExists(atPath: "\(hierarchy.path)/\(group)-build")) }
        }
    }

    @Test("a failed build leaves nothing that could be taken for an environment")
    func failedBuild() async throws {
        try await withTemporaryRoot { root in
            let environments = Environments(directory: root.path)
            let python = BasePython(executable: "/p", prefixes: [], version: "3.11.2", implementation: "cpython", platform: "linux")
            await #expect(throws: Failure.self) {
                try await environments.make("x", requirements: Requirements(), python: python) {
                    try FileManager.default.createDirectory(atPath: environments.path(of: "x"), withIntermediateDirectories: true)
                    throw Failure(.environmentFailed, "no")
                }
            }
            #expect(!environments.isComplete("x"))
            #expect(!FileManager.default.fileExists(atPath: environments.path(of: "x")))
        }
    }

    @Test("the library inside this program is that of the source tree, and is laid out for everybody to read")
    func library() async throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "python/nsml")
        let names = try FileManager.default.contentsOfDirectory(atPath: source.path).filter { $0.hasSuffix(".py") || $0 == "py.typed" }
        #expect(PythonLibrary.files.map(\.path).sorted() == names.map { "nsml/\($0)" }.sorted(), "run scripts/embed-python.sh")
        try await withTemporaryRoot { root in
            let installed = try PythonLibrary.install(into: root)
            #expect(try PythonLibrary.install(into: root) == installed)
            for (path, bytes) in PythonLibrary.files {
                #expect(FileManager.default.contents(atPath: installed.appending(path: path).path) == Data(bytes))
            }
            #expect(Reachability.canRead(installed.appending(path: "nsml/__init__.py").path, userId: 720_000))
            #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == [installed.lastPathComponent])
        }
    }

    private func withTemporaryRoot(_ body: (URL) async throws -> Void) async throws {
        let root = URL(filePath: "/tmp/nsml-environments-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        // What cannot be removed must not hide the test's outcome.
        defer { try? FileManager.default.removeItem(at: root) }
        try await body(root)
    }
}
