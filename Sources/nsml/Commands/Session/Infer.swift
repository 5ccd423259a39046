import API
import ArgumentParser
import Client
import Foundation
import Glibc

struct InferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer",
        abstract: "Ask a checkpoint for an answer.",
        discussion: """
            EXAMPLES:
              nsml infer alice/mnist/1/9 < digit.png
              nsml infer alice/mnist/1 9 digit.png
              echo Hello | nsml infer alice/NMT_EN_KR/1/12

            The bytes go to the infer function that the code has bound, in a session that loads the checkpoint when it is asked first. \
            The answer is printed as it comes.
            """)

    /// Who waits longer than this wants to know what for.
    private static let silence = Duration.seconds(3)

    @Argument(
        help: ArgumentHelp(
            "The session and the checkpoint, as one word or two, and a file. (default: standard input)", valueName: "checkpoint"),
        completion: .names(of: .checkpoints))
    var words: [String]

    @Option(help: ArgumentHelp("What the bytes are. (default: by the file's name or first bytes)", valueName: "type"))
    var contentType: String?

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let (checkpoint, path) = try Self.parse(words)
        let body = try Self.read(path)
        let type = contentType ?? ContentType.guess(path: path, bytes: body)
        let answer = try await options.withClient { client in
            try await telling(checkpoint) {
                try await client.infer(session: checkpoint.session, checkpoint: checkpoint.checkpoint, contentType: type, body: body)
            }
        }
        guard !options.json else { return try options.output.record(answer) }
        try options.output.bytes(Array(answer.body))
        if options.output.terminal.isTerminal, answer.body.last != 0x0A { try options.output.line("") }
    }

    /// Runs `body`, and says why it takes long when it does: the first question starts a session, which may have to wait.
    private func telling<Answer: Sendable>(
        _ checkpoint: CheckpointReference, _ body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: Self.silence)
                Output.note("a session that loads \(Escaping.line(checkpoint.description)) is being started; 'nsml queue' says if it waits")
                return nil
            }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let answer = next { return answer }
            }
            throw CancellationError()
        }
    }

    /// `S/CKPT`, `S CKPT`, `S/CKPT FILE`, `S CKPT FILE`.
    static func parse(_ words: [String]) throws -> (CheckpointReference, path: String?) {
        guard let first = words.first else { return (try SessionArgument.checkpoint([]), nil) }
        let isJoined = first.split(separator: "/", omittingEmptySubsequences: false).count > 3
        let count = isJoined ? 1 : 2
        guard words.count <= count + 1 else {
            throw Failure(.invalidRequest, "'\(words[count + 1])' is one word too many", hint: "'nsml infer --help' says more")
        }
        return (try SessionArgument.checkpoint(Array(words.prefix(count))), words.count > count ? words[count] : nil)
    }

    private static func read(_ path: String?) throws -> [UInt8] {
        let handle: FileHandle
        if let path, path != "-" {
            guard let file = FileHandle(forReadingAtPath: path) else { throw Failure.noSuch("file", path) }
            handle = file
        } else {
            handle = .standardInput
        }
        if path == nil, isatty(STDIN_FILENO) == 1 { Output.note("what is to be asked? Ctrl-D ends it; a file's name or '<' takes a file") }
        let limit = Int(Endpoints.maximumInferenceBytes)
        var bytes: [UInt8] = []
        do {
            while bytes.count <= limit, let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { bytes.append(contentsOf: piece) }
        } catch {
            throw Failure(.localError, "cannot read '\(path ?? "standard input")'")
        }
        guard bytes.count <= limit else { throw Failure.tooLarge("the question", bytes: Int64(bytes.count), limit: Int64(limit)) }
        return bytes
    }
}

/// What kind of bytes these are, for models that want to know.
enum ContentType {
    private static let byExtension = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
        "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg", "mp4": "video/mp4", "json": "application/json",
        "csv": "text/csv", "txt": "text/plain; charset=utf-8", "npy": "application/x-npy", "pdf": "application/pdf",
    ]

    private static let byFirstBytes: [(String, [UInt8])] = [
        ("image/png", [0x89, 0x50, 0x4E, 0x47]), ("image/jpeg", [0xFF, 0xD8, 0xFF]), ("image/gif", Array("GIF8".utf8)),
        ("image/bmp", Array("BM".utf8)), ("audio/flac", Array("fLaC".utf8)), ("audio/ogg", Array("OggS".utf8)),
        ("audio/mpeg", Array("ID3".utf8)), ("application/x-npy", [0x93] + Array("NUMPY".utf8)), ("application/pdf", Array("%PDF".utf8)),
    ]

    static func guess(path: String?, bytes: [UInt8]) -> String {
        if let path, let type = byExtension[URL(filePath: path).pathExtension.lowercased()] { return type }
        if bytes.starts(with: "RIFF".utf8), bytes.count >= 12 {
            if bytes[8..<12].elementsEqual("WAVE".utf8) { return "audio/wav" }
            if bytes[8..<12].elementsEqual("WEBP".utf8) { return "image/webp" }
        }
        // Text first: a letter that begins with "BM" is no bitmap.
        if let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") {
            let first = text.first { !$0.isWhitespace }
            let isJSON = (first == "{" || first == "[") && (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
            return isJSON ? "application/json" : "text/plain; charset=utf-8"
        }
        return byFirstBytes.first { bytes.starts(with: $0.1) }?.0 ?? "application/octet-stream"
    }
}
