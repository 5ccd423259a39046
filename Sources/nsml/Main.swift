import API
import ArgumentParser
import Foundation
import Glibc

/// The program: finds the command, runs it, and turns what went wrong into one line and an exit status.
@main
struct Main {
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try changeDirectory(asked: &arguments)
            // The one thing that everybody types first need not wait for the parser.
            if Overview.isAsked(by: arguments) { return try Output.write(Array(Overview.text.utf8), to: STDOUT_FILENO) }
            if arguments == ["--version"] { return try Output.write(Array("nsml \(Version.current)\n".utf8), to: STDOUT_FILENO) }
            switch try HelpTopic.request(in: arguments) {
            case .text(let text): return try Output.write(Array(text.utf8), to: STDOUT_FILENO)
            case .command(let words): arguments = words
            case nil: break
            }
            let arranged = try CommandPath.arrange(arguments, root: NSML.self)
            var command = try await NSML.asyncParseAsRoot(arranged)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(end(with: error, arguments: arguments))
        }
    }

    /// `nsml -C DIRECTORY ...` works as if it had been called there; may be repeated, as in other programs.
    private static func changeDirectory(asked arguments: inout [String]) throws {
        while arguments.first == "-C" {
            guard arguments.count > 1 else {
                throw Failure(.invalidRequest, "-C needs a directory", hint: "as in 'nsml -C my-experiment run'")
            }
            guard chdir(arguments[1]) == 0 else {
                throw Failure(.localError, "cannot change into '\(arguments[1])': \(String(cString: strerror(errno)))")
            }
            arguments.removeFirst(2)
        }
    }

    /// Says what went wrong, if anything did, and returns the exit status.
    private static func end(with error: any Error, arguments: [String]) -> Int32 {
        switch error {
        case let status as ExitCode:
            return status.rawValue
        case let failure as Failure:
            return report(failure)
        case is CancellationError:
            return report(Failure(.interrupted, "interrupted"))
        default:
            break
        }
        let status = NSML.exitCode(for: error)
        guard status != .success else {
            // The parser's own heading says nothing.
            let text = NSML.fullMessage(for: error).trimmingPrefix("OVERVIEW: ")
            // Who cannot be told has no use for the text either.
            try? Output.write(Array("\(text)\n".utf8), to: STDOUT_FILENO)
            return 0
        }
        guard status == .validationFailure else {
            return report(Failure(.internal, "something went wrong: \(error)", hint: "this is a fault of nsml itself"))
        }
        return report(usage(NSML.message(for: error), arguments: arguments))
    }

    /// What the parser complains of, in the form of all failures.
    private static func usage(_ text: String, arguments: [String]) -> Failure {
        var text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        text = text.replacing(". Please provide one of ", with: "; expected one of ")
        if text.hasSuffix(".") { text.removeLast() }
        let parts = text.split(separator: ". Did you mean", maxSplits: 1)
        let message = String(parts.first ?? "the command line is not understood")
        let path = CommandPath.path(of: arguments, root: NSML.self)
        let command = (["nsml"] + path).joined(separator: " ")
        let hint =
            CodeArguments.hint(for: message, meant: parts.count > 1 ? String(parts[1]) : nil, command: path)
            ?? (parts.count > 1 ? "did you mean\(parts[1])" : "'\(command) --help' says more")
        return Failure(.invalidRequest, message.prefix(1).lowercased() + message.dropFirst(), hint: hint)
    }

    private static func report(_ failure: Failure) -> Int32 {
        Output.note("nsml: \(Escaping.line(failure.description))")
        return ExitStatus.of(failure.code)
    }
}

/// The exit status of a command for each way in which it can fail.
enum ExitStatus {
    /// Of `nsml server` alone: a fault of the disk, by the number that systems have for it (`EX_IOERR`).
    static let diskFailed: Int32 = 74

    static func of(_ code: Failure.Code) -> Int32 {
        switch code {
        case .corruptContent, .sessionFailed, .inferenceFailed, .environmentFailed, .localError, .internal: 1
        case .invalidName, .invalidValue, .invalidRequest, .methodNotAllowed: 2
        case .notLoggedIn, .forbidden: 3
        case .notFound: 4
        case .alreadyExists, .wrongState, .offsetGap, .staleEpoch: 5
        case .serverUnreachable, .unavailable: 6
        case .cannotFit, .tooLarge, .tooManyRequests, .storageFull, .overQuota: 7
        case .timeout: 8
        case .interrupted: 130
        }
    }
}
