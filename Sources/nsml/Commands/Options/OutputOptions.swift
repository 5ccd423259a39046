import ArgumentParser

/// The options of every command about how it says things.
struct OutputOptions: ParsableArguments {
    @Flag(
        name: [.customShort("j"), .long, .customLong("json-return")],
        help: "Print the API's records as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Colours: auto, always, never. NO_COLOR and CLICOLOR_FORCE count too.", valueName: "when"))
    var color: ColorChoice = .automatic

    var output: Output { Output(terminal: .current(color: color), json: json) }
}

extension ColorChoice: ExpressibleByArgument {}
