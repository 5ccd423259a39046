import API
import Foundation

/// What may be told of an error to a submission's author: its type, and where in the author's own code it came from.
///
/// All of it is read from what the process printed, and the process may print what it likes about the test data. So nothing is
/// passed on as it stands: a type must be one of Python's, of a well-known library's or one that the author's code defines, a
/// file must be the author's, a line must be in it and a function must be defined there. What remains as a channel is the choice
/// among these.
struct AuthorTraceback: Sendable, Equatable {
    /// The files of the author, by their paths in the workspace, and their texts.
    typealias Sources = [String: String]

    var type: String
    var place: Place?

    struct Place: Sendable, Equatable {
        var file: String
        var line: Int
        var function: String?
    }

    /// `ValueError at model.py:12 in infer`.
    var sentence: String {
        guard let place else { return type }
        return "\(type) at \(place.file):\(place.line)" + (place.function.map { " in \($0)" } ?? "")
    }

    /// nil when the text ends with no error.
    ///
    /// - Parameter directory: where the author's files lie as the process sees them.
    init?(output: String, directory: String, sources: Sources) {
        let lines = output.split(whereSeparator: \.isNewline).map(String.init)
        guard let end = lines.lastIndex(where: { Self.exceptionName($0) != nil }), let name = Self.exceptionName(lines[end]) else {
            return nil
        }
        type = Self.allowed(name, sources: sources)
        // Beyond the last heading are frames of another error.
        let start = lines[..<end].lastIndex { $0.hasPrefix("Traceback (most recent call last)") } ?? 0
        place = lines[start..<end].reversed().lazy.compactMap { Self.place($0, directory: directory, sources: sources) }.first
    }

    /// The name in `ValueError: text`, `torch.cuda.OutOfMemoryError: text`, `KeyboardInterrupt`.
    private static func exceptionName(_ line: String) -> String? {
        guard line.first?.isLetter == true || line.first == "_" else { return nil }
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
        guard name.count == line.count || line.dropFirst(name.count).hasPrefix(":") else { return nil }
        let last = name.split(separator: ".").last ?? ""
        guard last.first?.isUppercase == true else { return nil }
        let isKnown = builtIn.contains(String(last)) || ["Error", "Exception", "Interrupt", "Exit"].contains(where: last.hasSuffix)
        return isKnown ? String(last) : nil
    }

    private static func allowed(_ name: String, sources: Sources) -> String {
        if builtIn.contains(name) || ofLibraries.contains(name) { return name }
        return sources.values.contains { defines("class", name, in: $0) } ? name : "an error of another kind"
    }

    /// `  File "/app/model.py", line 12, in infer`.
    private static func place(_ line: String, directory: String, sources: Sources) -> Place? {
        let text = line.drop { $0 == " " }
        let head = "File \"\(directory)/"
        guard text.hasPrefix(head) else { return nil }
        let parts = text.dropFirst(head.count).split(separator: "\"", maxSplits: 1)
        guard parts.count == 2, let source = sources[String(parts[0])] else { return nil }
        let fields = parts[1].components(separatedBy: ", ")
        guard fields.count >= 2, fields[1].hasPrefix("line "), let number = Int(fields[1].dropFirst(5)),
            number >= 1, number <= source.split(separator: "\n", omittingEmptySubsequences: false).count
        else { return nil }
        var function: String?
        if fields.count >= 3, fields[2].hasPrefix("in ") {
            let name = String(fields[2].dropFirst(3))
            if name != "<module>", defines("def", name, in: source) { function = name }
        }
        return Place(file: String(parts[0]), line: number, function: function)
    }

    private static func defines(_ keyword: String, _ name: String, in source: String) -> Bool {
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else { return false }
        return ["(", ":", " "].contains { source.contains("\(keyword) \(name)\($0)") }
    }

    private static let builtIn: Set<String> = [
        "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BaseExceptionGroup", "BlockingIOError", "BrokenPipeError",
        "BufferError", "ChildProcessError", "ConnectionAbortedError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError",
        "EOFError", "Exception", "ExceptionGroup", "FileExistsError", "FileNotFoundError", "FloatingPointError", "GeneratorExit",
        "ImportError", "IndentationError", "IndexError", "InterruptedError", "IsADirectoryError", "KeyError", "KeyboardInterrupt",
        "LookupError", "MemoryError", "ModuleNotFoundError", "NameError", "NotADirectoryError", "NotImplementedError", "OSError",
        "OverflowError", "PermissionError", "ProcessLookupError", "RecursionError", "ReferenceError", "RuntimeError", "StopAsyncIteration",
        "StopIteration", "SyntaxError", "SystemError", "SystemExit", "TabError", "TimeoutError", "TypeError", "UnboundLocalError",
        "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "UnicodeTranslateError", "ValueError", "ZeroDivisionError",
    ]

    private static let ofLibraries: Set<String> = [
        "OutOfMemoryError", "LinAlgError", "AxisError", "UnpicklingError", "PicklingError", "JSONDecodeError", "EmptyDataError",
        "ParserError", "NotFittedError", "UnidentifiedImageError", "DecompressionBombError", "InvalidArgumentError",
        "ResourceExhaustedError",
        "NotFoundError", "FailedPreconditionError", "UnimplementedError", "BadZipFile", "CalledProcessError", "BrokenProcessPool",
        "Refusal",
        "error", "BrokenBarrierError", "XlaRuntimeError", "SafetensorError",
    ]
}
