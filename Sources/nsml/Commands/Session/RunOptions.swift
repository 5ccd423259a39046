import API
import ArgumentParser
import Foundation

/// What `nsml run` runs, and on what.
struct CodeOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The file to run. (default: main.py)", valueName: "file"), completion: .file())
    var entry: String?

    @Option(
        name: [.customShort("a"), .customLong("args")], parsing: .unconditional,
        help: ArgumentHelp("Arguments for it in one string, split as a shell does.", valueName: "string"))
    var arguments: String?

    @Option(
        name: [.customShort("d"), .customLong("dataset"), .customLong("data")],
        help: ArgumentHelp("Datasets, NAME or NAME@VERSION; repeat it or write a list with commas.", valueName: "datasets"),
        completion: .names(of: .datasets))
    var datasets: [String] = []

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("A note, which 'nsml ps' shows.", valueName: "text"))
    var memo = ""

    @Option(name: .customLong("name"), help: ArgumentHelp("A label of your own.", valueName: "label"))
    var label: String?
}

/// What a session asks for.
struct ResourceOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("GPUs. (default: 1 where the platform has any, else 0)", valueName: "count"))
    var gpus: Int?

    @Option(name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("Processor cores. (default: 2)", valueName: "count"))
    var cpus: Int?

    @Option(help: ArgumentHelp("Memory. (default: 24G, or a quarter of what the machine has if that is less)", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Shared memory, for data loaders. (default: 1G)", valueName: "size"))
    var shmSize: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("-100 to 100; larger goes first.", valueName: "number"))
    var priority = 0

    @Flag(help: "Never push it out for a session of higher priority; its time counts double in your share.")
    var noPreempt = false

    @Flag(help: "Let the session reach the network.")
    var network = false

    @Flag(help: "Give it a directory of its own for large results.")
    var nfsOutput = false

    @Option(help: ArgumentHelp("Only where a GPU's name has this in it.", valueName: "name"))
    var gpuModel: String?

    @Option(help: .hidden)
    var gpuDriverVersion: String?

    @Option(name: [.customShort("n"), .long], help: .hidden)
    var nodes: Int?

    /// Who asks for nothing gets no more than one in so many parts of a machine, so that a small one still runs some side by side.
    private static let smallestShare = 4

    /// What is asked for on a machine like `node`, with remarks on what was not asked for by the user.
    func resources(on node: Node) throws -> (resources: Resources, remarks: [String]) {
        var remarks: [String] = []
        var resources = Resources.standard
        if let gpus {
            guard gpus >= 0 else { throw Failure.invalidValue("number of GPUs", "\(gpus)", expected: "a number from 0") }
            resources.gpus = gpus
        } else if node.devices.isEmpty {
            resources.gpus = 0
            remarks.append("this platform has no GPU: the session runs on the CPU")
        }
        if let cpus {
            guard cpus >= 1 else { throw Failure.invalidValue("number of CPUs", "\(cpus)", expected: "a number from 1") }
            resources.cpus = cpus
        } else {
            resources.cpus = min(resources.cpus, max(1, node.cpus / Self.smallestShare))
        }
        resources.memoryBytes =
            try memory.map { try ByteSize.parse($0, for: "memory") }
            ?? min(resources.memoryBytes, node.memoryBytes / Int64(Self.smallestShare))
        resources.sharedMemoryBytes =
            try shmSize.map { try ByteSize.parse($0, for: "shared memory") } ?? min(resources.sharedMemoryBytes, resources.memoryBytes)
        if let nodes, nodes != 1 {
            throw Failure(.cannotFit, "\(nodes) machines were asked for", hint: "a session runs on one machine; ask for more GPUs with -g")
        }
        if let gpuDriverVersion {
            remarks.append("--gpu-driver-version \(gpuDriverVersion) is not looked at: all of this platform's GPUs have the same driver")
        }
        if let gpuModel, !node.devices.contains(where: { $0.name.localizedCaseInsensitiveContains(gpuModel) }) {
            throw Failure(.cannotFit, "there is no GPU '\(gpuModel)'", hint: "'nsml gpustat' lists those there are")
        }
        guard (-100...100).contains(priority) else {
            throw Failure.invalidValue("priority", "\(priority)", expected: "a number from -100 to 100")
        }
        return (resources, remarks)
    }
}
