import API
import Content
import Foundation
import Supervision
import Synchronization

/// A server that is a directory, so that a test and the supervisor that it kills can both look at it.
///
///     output, journal   what has arrived of the two streams
///     progress          one JSON line for each report
///     checkpoints       one JSON line for each checkpoint, each sequence once
///     content/          a content store
///     commands/N.json   what the test wants of the session
///     answers/N         what the session answered
///     shells/N.input    what is typed into a shell; shells/N.output, shells/N.errors what it prints, shells/N.end how it ended
///     down              while it is there, nothing can be reached
///     refuse            while it is there, everything is refused with the code in it
///     flaky             while it is there, every third answer is lost after the deed was done
///     damage            is made when something arrives that contradicts what had arrived
final class LedgerConnection: ServerConnection {
    private let directory: URL
    private let store: ContentStore
    private let calls = Mutex(0)

    init(directory: URL) throws {
        self.directory = directory
        store = try ContentStore(directory: directory.appending(path: "content"))
    }

    private func url(_ name: String) -> URL { directory.appending(path: name) }
    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }

    private func serve<Value>(_ deed: () async throws -> Value) async throws -> Value {
        if exists("down") { throw Failure(.serverUnreachable, "the server is down") }
        if exists("refuse") {
            let code = try String(contentsOf: url("refuse"), encoding: .utf8)
            throw Failure(Failure.Code(rawValue: code) ?? .internal, "refused")
        }
        let value = try await deed()
        let count = calls.withLock { count in
            count += 1
            return count
        }
        if exists("flaky"), count % 3 == 0 { throw Failure(.timeout, "the answer was lost") }
        return value
    }

    private func append(_ bytes: some DataProtocol, to name: String) throws {
        let file = open(url(name).path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let data = Data(bytes)
        guard data.withUnsafeBytes({ write(file, $0.baseAddress, data.count) }) == data.count else {
            throw Failure(.storageFull, "the ledger is full")
        }
    }

    func putStream(_ stream: SessionStream, offset: Int64, epoch: Int, bytes: [UInt8]) async throws -> Int64 {
        try await serve {
            let held = FileManager.default.contents(atPath: url(stream.rawValue).path) ?? Data()
            let size = Int64(held.count)
            guard offset <= size else { throw Failure(.offsetGap, "a gap", offset: size) }
            let common = min(Int64(bytes.count), size - offset)
            guard held[Int(offset)..<Int(offset + common)].elementsEqual(bytes[..<Int(common)]) else {
                try append(Data("\(stream) at \(offset)\n".utf8), to: "damage")
                throw Failure(.internal, "this is not what was sent before")
            }
            try append(bytes[Int(common)...], to: stream.rawValue)
            return size + Int64(bytes.count) - common
        }
    }

    func report(_ progress: SessionProgress) async throws {
        try await serve { try append(Wire.encoder().encode(progress) + Data("\n".utf8), to: "progress") }
    }

    func commands(after: Int64, epoch: Int, waitSeconds: Double) async throws -> [SupervisorCommand] {
        let end = ContinuousClock.now + .seconds(waitSeconds)
        while true {
            let found = try await serve {
                // No directory is no commands.
                let names = (try? FileManager.default.contentsOfDirectory(atPath: url("commands").path)) ?? []
                let numbers = names.compactMap { Int64($0.replacingOccurrences(of: ".json", with: "")) }.filter { $0 > after }.sorted()
                return try numbers.map { number in
                    try Wire.decoder().decode(SupervisorCommand.self, from: Data(contentsOf: url("commands/\(number).json")))
                }
            }
            if !found.isEmpty || ContinuousClock.now > end { return found }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func answer(_ command: Int64, with answer: InferenceAnswer) async throws {
        try await serve {
            try FileManager.default.createDirectory(at: url("answers"), withIntermediateDirectories: true)
            try Wire.encoder().encode(answer).write(to: url("answers/\(command)"), options: .atomic)
        }
    }

    func pushTree(_ directory: URL) async throws -> Digest {
        try await serve {
            let scan = try await TreeScan.scan(directory)
            for entry in scan.entries { _ = try store.put([UInt8](Data(contentsOf: scan.url(of: entry)))) }
            return try store.put(try scan.manifest().bytes)
        }
    }

    private var stored: [NewCheckpoint] {
        let lines = (FileManager.default.contents(atPath: url("checkpoints").path) ?? Data()).split(separator: 0x0A)
        return lines.compactMap { try? Wire.decoder().decode(NewCheckpoint.self, from: $0) }
    }

    func addCheckpoint(_ checkpoint: NewCheckpoint) async throws {
        try await serve {
            guard !stored.contains(where: { $0.sequence == checkpoint.sequence }) else { return }
            try append(Wire.encoder().encode(checkpoint) + Data("\n".utf8), to: "checkpoints")
        }
    }

    func fetchCheckpoint(_ reference: CheckpointReference, into directory: URL) async throws {
        try await serve {
            guard let checkpoint = stored.last(where: { $0.name == reference.checkpoint }) else { throw Failure.noCheckpoint(reference) }
            let manifest = try Manifest(bytes: store.read(checkpoint.manifest))
            try store.layOut(manifest.entries, at: directory, as: .writable)
        }
    }

    func shellInput(_ shell: Int64, offset: Int64, known: WindowSize?, waitSeconds: Double) async throws -> ShellInput {
        try await serve {
            let typed = FileManager.default.contents(atPath: url("shells/\(shell).input").path) ?? Data()
            return ShellInput(offset: offset, bytes: typed.dropFirst(Int(offset)), isEnd: true)
        }
    }

    func printInShell(_ shell: Int64, _ output: ShellOutput, waitSeconds: Double) async throws -> ShellOffsets {
        try await serve {
            let ends = try [("output", output.offset, output.output), ("errors", output.errorsOffset, output.errors)].map { part in
                let name = "shells/\(shell).\(part.0)"
                let held = Int64((FileManager.default.contents(atPath: url(name).path) ?? Data()).count)
                guard part.1 <= held else { throw Failure(.offsetGap, "a gap", offset: held) }
                try append(part.2.dropFirst(Int(held - part.1)), to: name)
                return max(held, part.1 + Int64(part.2.count))
            }
            if output.isEnd { try Wire.encoder().encode(output).write(to: url("shells/\(shell).end"), options: .atomic) }
            return ShellOffsets(offset: ends[0], errorsOffset: ends[1])
        }
    }
}
