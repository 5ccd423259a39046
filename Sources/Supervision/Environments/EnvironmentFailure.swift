import API
import Foundation

/// Why an environment could not be built: a sentence made of what the installer printed.
enum EnvironmentFailure {
    private static let networkWords = [
        "dns error", "failed to lookup address", "Temporary failure in name resolution", "Connection refused", "Network is unreachable",
        "Could not connect", "error sending request", "NewConnectionError", "timed out",
    ]

    /// - Parameter output: what the installer printed, the end of it.
    static func explain(output: String, status: Int32, requirements: Requirements, network: Bool) -> Failure {
        let lines = output.split(separator: "\n").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t×╰─▶├│·")) }
        if output.contains("ensurepip is not") || output.contains("No module named venv") || output.contains("No module named ensurepip") {
            return Failure(
                .environmentFailed, "this machine's Python cannot make environments",
                hint: "an administrator can install uv, or python3-venv and python3-pip")
        }
        if status == 128 + 9 {
            return Failure(
                .environmentFailed, "building the environment was killed", hint: "the machine may lack memory or disk; try again")
        }
        if output.contains("No space left on device") {
            return Failure(.environmentFailed, "the disk is full", hint: "an administrator can remove environments and datasets")
        }
        let error = summary(of: lines)
        if let line = culprit(in: lines, requirements: requirements) {
            return Failure(
                .environmentFailed, "the environment could not be built, because of '\(line.text)' in \(line.file): \(error)",
                hint: "correct the line or leave it out; 'nsml logs' shows what the installer said")
        }
        if networkWords.contains(where: output.contains) {
            return Failure(
                .environmentFailed, "the package index could not be reached: \(error)",
                hint: "try again, or ask an administrator to check the network and pip's configuration of the server")
        }
        return Failure(
            .environmentFailed, "the environment could not be built: \(error)", hint: "'nsml logs' shows what the installer said")
    }

    /// The requirement that the error is about: the one whose name the installer's last lines have first.
    static func culprit(in lines: [String], requirements: Requirements) -> Requirements.Line? {
        let start = lines.lastIndex { isError($0) && !$0.hasPrefix("hint") } ?? max(0, lines.count - 8)
        let first = lines[..<start].lastIndex { !isError($0) }.map { $0 + 1 } ?? start
        for line in lines[min(first, start)...] {
            let words = line.split { !($0.isLetter || $0.isNumber || "-_.".contains($0)) }.map(Requirements.normalName)
            for word in words {
                if let found = requirements.lines.first(where: { $0.name == word }) { return found }
            }
        }
        return nil
    }

    private static func isError(_ line: String) -> Bool {
        line.hasPrefix("error:") || line.hasPrefix("ERROR:") || line.hasPrefix("Failed to") || line.hasPrefix("No solution found")
            || line.hasPrefix("Because ")
    }

    /// The line that says it best.
    private static func summary(of lines: [String]) -> String {
        let best =
            lines.last { $0.hasPrefix("Because ") }
            ?? lines.first { $0.hasPrefix("ERROR: Could not find a version") || $0.hasPrefix("ERROR: No matching distribution") }
            ?? lines.last(where: isError) ?? lines.last { !$0.isEmpty } ?? "the installer said nothing"
        let text = best.drop { $0 == " " }
        for prefix in ["error: ", "ERROR: "] where text.hasPrefix(prefix) { return String(text.dropFirst(prefix.count).prefix(300)) }
        return String(text.prefix(300))
    }
}
