import API
import Foundation
import Glibc

/// Reads and writes the configuration file; writing replaces it whole, so that a reader never sees half of one.
struct ConfigurationFile: Sendable {
    /// The directory `nsml` in the user's configuration directory.
    let directory: String

    var path: String { "\(directory)/config.json" }

    init(directory: String) { self.directory = directory }

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let base: String
        if let configured = environment["XDG_CONFIG_HOME"], configured.hasPrefix("/") {
            base = configured
        } else {
            base = "\(environment["HOME"] ?? NSHomeDirectory())/.config"
        }
        self.init(directory: "\(base)/nsml")
    }

    /// What is kept; an absent file is an empty configuration.
    func load() throws -> Configuration {
        guard FileManager.default.fileExists(atPath: path) else { return Configuration() }
        do {
            return try Wire.decoder().decode(Configuration.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Failure(
                .localError, "cannot read the configuration '\(path)'", hint: "mend it, or remove it and log in again")
        }
    }

    /// Keeps `configuration` for good: on disk when this returns.
    func save(_ configuration: Configuration) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
        } catch {
            throw Failure(.localError, "cannot make the directory '\(directory)'", hint: "is your home directory writable?")
        }
        let data = try Wire.encoder(pretty: true).encode(configuration)
        try replace(with: Array(data) + [0x0A])
    }

    /// Loads, changes and saves.
    func update(_ change: (inout Configuration) throws -> Void) throws {
        var configuration = try load()
        try change(&configuration)
        try save(configuration)
    }

    private func replace(with bytes: [UInt8]) throws {
        let temporary = "\(path).\(getpid()).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw cannotWrite() }
        defer { close(descriptor) }
        do {
            try Output.write(bytes, to: descriptor)
        } catch {
            unlink(temporary)
            throw cannotWrite()
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            let failure = cannotWrite()
            unlink(temporary)
            throw failure
        }
    }

    private func cannotWrite() -> Failure {
        Failure(.localError, "cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
}
