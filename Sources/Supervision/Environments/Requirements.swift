import API
import Content
import Foundation

/// What a workspace needs of packages, read from its files without running any of them.
struct Requirements: Sendable, Equatable {
    /// One line as it will be given to the installer, and where it stands.
    struct Line: Sendable, Equatable {
        var text: String
        /// `requirements.txt`, `setup.py`.
        var file: String

        /// The package's name in normal form; nil for an address.
        var name: String? {
            let name = text.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
            return name.isEmpty || text.contains("://") && !text.contains("@") ? nil : Requirements.normalName(name)
        }
    }

    var lines: [Line] = []
    /// Where packages come from: `--index-url`, `--extra-index-url`, `--find-links` and the like.
    var options: [String] = []
    var constraints: [String] = []
    /// What `requires-python` says, with the file that says it.
    var python: (specifier: String, file: String)?
    /// The image that a first line `#nsml: IMAGE` names, with the file that has it.
    var image: (name: String, file: String)?
    /// What the files ask for that cannot be had here, as sentences.
    var notes: [String] = []

    /// Whether the lines are all there is: nothing else is resolved and installed.
    var isLocked = false

    /// The same needs met by these packages and no others; the options stay, which say where packages come from.
    func locked(to packages: [String]) -> Requirements {
        var locked = Requirements(lines: packages.map { Line(text: $0, file: "what the original ran with") })
        locked.options = options.filter { $0 != "--require-hashes" }
        locked.isLocked = true
        return locked
    }

    /// Whether the machine's own Python will do.
    var isEmpty: Bool { lines.isEmpty }

    static func == (left: Requirements, right: Requirements) -> Bool {
        left.lines == right.lines && left.options == right.options && left.constraints == right.constraints && left.notes == right.notes
            && left.python?.specifier == right.python?.specifier && left.image?.name == right.image?.name
    }

    /// What the installer reads. The same needs give the same text, in whatever order and case they were written.
    var installerFile: String { (options + Set(lines.map(\.text)).sorted()).map { "\($0)\n" }.joined() }

    var constraintsFile: String { Set(constraints).sorted().map { "\($0)\n" }.joined() }

    /// The environment's name: the same for everybody with the same Python and the same needs.
    func hash(python: BasePython) -> String {
        let text = """
            nsml-environment 1\(isLocked ? ", locked" : "")
            \(python.implementation) \(python.version) \(python.platform)
            \(installerFile)
            \(constraintsFile)
            """
        return String(Digest(of: Array(text.utf8)).hex.prefix(16))
    }

    static func normalName(_ name: some StringProtocol) -> String {
        name.lowercased().split(whereSeparator: { "-_.".contains($0) }).joined(separator: "-")
    }
}

/// Reads a file of requirements as pip does, as far as it can be obeyed here.
struct RequirementsParser {
    /// The text of a file of the workspace; nil when it is not there.
    let read: (String) throws -> String?
    private(set) var result = Requirements()
    private var visited: Set<String> = []

    private static let valueOptions: Set = [
        "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-binary", "--only-binary", "--trusted-host",
    ]
    private static let flagOptions: Set = ["--pre", "--no-index", "--prefer-binary", "--require-hashes"]

    init(read: @escaping (String) throws -> String?) { self.read = read }

    /// Adds everything that `file` asks for. Throws `environment_failed` naming the line that cannot be obeyed.
    mutating func parse(file: String, asConstraints: Bool = false) throws {
        guard visited.insert("\(asConstraints) \(file)").inserted else { return }
        guard let text = try read(file) else {
            throw Failure(.environmentFailed, "'\(file)' is not in the workspace", hint: "add it, or remove the line that names it")
        }
        noteImage(text, file: file)
        for line in Self.logicalLines(text) { try take(line, file: file, asConstraints: asConstraints) }
    }

    /// Notes `#nsml: IMAGE` in the first line.
    mutating func noteImage(_ text: String, file: String) {
        guard let image = Self.image(text) else { return }
        // The first that names one counts: setup.py before requirements.txt.
        if result.image == nil { result.image = (image, file) }
    }

    /// Adds requirements found elsewhere than in a file of them.
    mutating func add(_ requirements: [String], file: String) throws {
        for line in requirements { try takeRequirement(line, file: file, asConstraints: false) }
    }

    mutating func requirePython(_ specifier: String, file: String) { result.python = (specifier, file) }

    mutating func note(_ text: String) { result.notes.append(text) }

    /// The image in a first line `#nsml: IMAGE`, `# nsml: IMAGE` or `#nsml:IMAGE`.
    static func image(_ text: String) -> String? {
        guard let first = text.split(separator: "\n", omittingEmptySubsequences: false).first, first.hasPrefix("#") else { return nil }
        let comment = first.drop { $0 == "#" }.drop { $0 == " " || $0 == "\t" }
        guard comment.lowercased().hasPrefix("nsml:") else { return nil }
        let image = comment.dropFirst(5).trimmingCharacters(in: .whitespaces)
        return image.isEmpty ? nil : image
    }

    /// Lines without comments, joined where one ends with a backslash.
    static func logicalLines(_ text: String) -> [String] {
        var lines: [String] = []
        var open = ""
        for raw in text.replacingOccurrences(of: "\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            var line = String(raw)
            if line.hasPrefix("\u{FEFF}") { line.removeFirst() }
            if line.hasPrefix("#") { line = "" }
            for mark in [" #", "\t#"] {
                if let comment = line.range(of: mark) { line = String(line[..<comment.lowerBound]) }
            }
            if line.hasSuffix("\\") {
                open += line.dropLast() + " "
                continue
            }
            let whole = (open + line).trimmingCharacters(in: .whitespaces)
            open = ""
            if !whole.isEmpty { lines.append(whole) }
        }
        let rest = open.trimmingCharacters(in: .whitespaces)
        return rest.isEmpty ? lines : lines + [rest]
    }

    private mutating func take(_ line: String, file: String, asConstraints: Bool) throws {
        guard line.hasPrefix("-") else { return try takeRequirement(line, file: file, asConstraints: asConstraints) }
        let (option, value) = Self.split(line)
        switch option {
        case "-r", "--requirement": try parse(file: Self.path(value, from: file, line: line), asConstraints: asConstraints)
        case "-c", "--constraint": try parse(file: Self.path(value, from: file, line: line), asConstraints: true)
        case "-e", "--editable":
            throw Failure(
                .environmentFailed, "\(file): '\(line)' installs from the workspace, whose files an environment must not depend on",
                hint: "remove the line: the session starts in the workspace, so its modules can be imported as they are")
        case _ where Self.valueOptions.contains(option):
            if option == "-f" || option == "--find-links" { try checkAddress(value, file: file, line: line) }
            add(option: "\(Self.long(option)) \(value)")
        case _ where Self.flagOptions.contains(option): add(option: option)
        default: result.notes.append("\(file): the option '\(line)' is not obeyed")
        }
    }

    private mutating func add(option: String) {
        if !result.options.contains(option) { result.options.append(option) }
    }

    private mutating func takeRequirement(_ line: String, file: String, asConstraints: Bool) throws {
        let text = try Self.normal(line, file: file)
        if asConstraints {
            result.constraints.append(text)
        } else {
            result.lines.append(Requirements.Line(text: text, file: file))
        }
    }

    private func checkAddress(_ value: String, file: String, line: String) throws {
        guard value.contains("://"), !value.hasPrefix("file:") else {
            throw Failure(
                .environmentFailed, "\(file): '\(line)' names a directory, which an environment must not depend on",
                hint: "use an address, or ask an administrator to add the directory to the platform's pip configuration")
        }
    }

    /// A requirement in the one form that the hash is made of. Refuses what names files.
    static func normal(_ line: String, file: String) throws -> String {
        var text = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let address = text.range(of: " @ ").map { String(text[$0.upperBound...]) } ?? text
        let isPath = address.hasPrefix(".") || address.hasPrefix("/") || address.hasPrefix("file:") || address.hasPrefix("~")
        let isArchive = !address.contains("://") && [".whl", ".zip", ".tar.gz", ".tgz"].contains { address.lowercased().hasSuffix($0) }
        guard !isPath, !isArchive else {
            throw Failure(
                .environmentFailed, "\(file): '\(line)' names a file, which an environment must not depend on",
                hint: "name a package of the index or an address; modules of the workspace can be imported without installing")
        }
        guard !address.contains("://") else { return text }
        // `NumPy >= 1.2 , < 2` is `numpy>=1.2,<2`; what stands behind `;` keeps its blanks.
        var marker = ""
        if let semicolon = text.firstIndex(of: ";") {
            marker = "; " + text[text.index(after: semicolon)...].trimmingCharacters(in: .whitespaces)
            text = String(text[..<semicolon])
        }
        var hashes = ""
        if let first = text.range(of: " --") {
            hashes = String(text[first.lowerBound...])
            text = String(text[..<first.lowerBound])
        }
        let compact = text.filter { !$0.isWhitespace }
        let name = compact.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
        guard !name.isEmpty else {
            throw Failure(
                .environmentFailed, "\(file): '\(line)' is no requirement", hint: "write a package's name, as in numpy or numpy>=1.26")
        }
        return Requirements.normalName(name) + compact.dropFirst(name.count) + marker + hashes
    }

    private static func split(_ line: String) -> (option: String, value: String) {
        let end = line.firstIndex { $0 == "=" || $0 == " " } ?? line.endIndex
        let value = line[end...].drop { $0 == "=" || $0 == " " }.trimmingCharacters(in: .whitespaces)
        // `-rother.txt` is legal too.
        if !line.hasPrefix("--"), line[..<end].count > 2 {
            return (String(line.prefix(2)), line.dropFirst(2).trimmingCharacters(in: .whitespaces))
        }
        return (String(line[..<end]), value)
    }

    private static func long(_ option: String) -> String {
        switch option {
        case "-i": "--index-url"
        case "-f": "--find-links"
        default: option
        }
    }

    /// The workspace's path that `value` means in `file`.
    private static func path(_ value: String, from file: String, line: String) throws -> String {
        var components = file.split(separator: "/").dropLast().map(String.init)
        for part in value.split(separator: "/", omittingEmptySubsequences: false) where part != "." {
            if part == ".." {
                guard components.popLast() != nil else { throw outside(line, file) }
            } else {
                guard !part.isEmpty else { throw outside(line, file) }
                components.append(String(part))
            }
        }
        return components.joined(separator: "/")
    }

    private static func outside(_ line: String, _ file: String) -> Failure {
        Failure(
            .environmentFailed, "\(file): '\(line)' leaves the workspace", hint: "name a file of the workspace, relative to \(file)")
    }
}
