/// The arguments of a script: those that a user gave, and those that the platform adds to start it again.
package enum ArgumentLine {
    /// What is added comes last, where it outranks what was given before; but behind `--` nothing is an option any more.
    package static func joined(given: [String], added: [String]) -> [String] {
        let end = given.firstIndex(of: "--") ?? given.endIndex
        return given[..<end] + added + given[end...]
    }
}

extension SessionRecord {
    /// All that the script is started with.
    package var argumentLine: [String] { ArgumentLine.joined(given: arguments, added: addedArguments ?? []) }
}
