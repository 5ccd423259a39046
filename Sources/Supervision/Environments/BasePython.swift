import API
import Content
import Foundation
import Glibc

/// The Python that sessions use, or that their environments are made from.
struct BasePython: Codable, Sendable, Equatable {
    /// The real program, not a script that looks for it.
    var executable: String
    /// Where its library lies; two when it is one of a virtual environment.
    var prefixes: [String]
    /// `3.11.2`.
    var version: String
    /// `cpython`.
    var implementation: String
    /// `linux-x86_64`.
    var platform: String
    /// The directories in which it looks for packages.
    var packages: [String] = []

    /// What a sandbox must show beside /usr for this Python to run.
    var mounts: [Sandbox.Mount] {
        prefixes.filter { $0 != "/usr" && !$0.hasPrefix("/usr/") }.map { Sandbox.Mount(source: $0, target: $0, kind: .readOnly) }
    }

    private static let question = """
        import json, sys, sysconfig
        print(json.dumps({"executable": sys.executable, "prefixes": sorted({sys.prefix, sys.base_prefix, sys.exec_prefix}),
            "version": "%d.%d.%d" % sys.version_info[:3], "implementation": sys.implementation.name,
            "platform": sysconfig.get_platform(), "packages": [path for path in sys.path if path.endswith("-packages")]}))
        """

    /// Finds the first `python3` on the search path that the session may use. What is found is kept in `cache`, because to
    /// ask a Python what it is costs far more than to look whether it is still the same.
    ///
    /// - Parameter userId: who must be able to reach it; nil: whoever asks.
    static func find(environment: [String: String], userId: UInt32?, cache: String) async throws -> BasePython {
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for directory in path.split(separator: ":") {
            let candidate = "\(directory)/python3"
            guard access(candidate, X_OK) == 0, userId.map({ Reachability.canRead(candidate, userId: $0) }) ?? true else { continue }
            guard let python = await describe(candidate, environment: environment, cache: cache) else { continue }
            if let userId, !Reachability.canRead(python.executable, userId: userId) { continue }
            return python
        }
        throw Failure(
            .environmentFailed, "no python3 was found that a session can use", hint: "install Python 3, as in 'apt-get install python3'")
    }

    private static func describe(_ candidate: String, environment: [String: String], cache: String) async -> BasePython? {
        guard let key = key(of: candidate, environment: environment) else { return nil }
        let path = "\(cache)/\(key).json"
        if let known = DurableFile.read(BasePython.self, from: path), access(known.executable, X_OK) == 0 { return known }
        let python: BasePython
        do {
            let settings = Spawning.settings(environment.filter { $0.key != "PYTHONPATH" && $0.key != "PYTHONHOME" })
            let output = try await Tool(arguments: [candidate, "-I", "-c", question], environment: settings).output(limit: .seconds(30))
            python = try JSONDecoder().decode(BasePython.self, from: Data(output))
        } catch {
            // A python3 that cannot say what it is is none for us; the next on the path may.
            return nil
        }
        // The cache only saves time.
        try? FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        try? DurableFile.write(json: python, to: path, flushes: false)
        return python
    }

    /// Changes whenever the file does, or what a script of that name would choose.
    private static func key(of candidate: String, environment: [String: String]) -> String? {
        var status = stat()
        guard stat(candidate, &status) == 0 else { return nil }
        let root = environment["PYENV_ROOT"] ?? "\(environment["HOME"] ?? "")/.pyenv"
        let chosen = String(decoding: FileManager.default.contents(atPath: "\(root)/version") ?? Data(), as: UTF8.self)
        // A version manager writes its scripts anew, all the same, whenever anything is installed.
        let script = status.st_size < 65_536 ? FileManager.default.contents(atPath: candidate) : nil
        let file = script.map { Digest(of: $0).hex } ?? "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec)"
        let text = "\(candidate) \(file) \(environment["PYENV_VERSION"] ?? "") \(chosen)"
        return String(Digest(of: Array(text.utf8)).hex.prefix(16))
    }
}

/// Whether another user could reach a file, by the permissions on the way.
enum Reachability {
    /// Whether the user could go into the directory.
    static func canEnter(_ path: String, userId: UInt32) -> Bool { check(path, userId: userId, last: 0o1) }

    /// Whether the user could read the file.
    static func canRead(_ path: String, userId: UInt32) -> Bool { check(path, userId: userId, last: 0o4) }

    private static func check(_ path: String, userId: UInt32, last: mode_t) -> Bool {
        guard let real = realpath(path, nil) else { return false }
        defer { free(real) }
        let components = String(cString: real).split(separator: "/")
        var current = ""
        for component in components {
            current += "/\(component)"
            var status = stat()
            guard stat(current, &status) == 0 else { return false }
            let shift: mode_t = status.st_uid == userId ? 6 : status.st_gid == userId ? 3 : 0
            let needed: mode_t = status.st_mode & S_IFMT == S_IFDIR ? 0o1 : last
            guard status.st_mode >> shift & needed == needed else { return false }
        }
        return true
    }
}
