import API
import Foundation

/// The arguments and the environment of a session's process: a pure function of the plan. Nothing of the server's own
/// environment gets in but what a network needs (rule E4).
struct SessionEnvironment: Sendable {
    var plan: SessionPlan
    var paths: SessionPaths
    /// The Python that runs the entry file, as the process sees it.
    var python: String
    /// What runs the entry file where that is not for Python.
    var entry: EntryProgram?
    /// Whether the devices are real and their nodes alone are in the sandbox, so that they are counted from 0 there.
    var renumbersDevices: Bool
    /// The server's environment, from which certificates and proxies are taken when there is a network.
    var inherited: [String: String] = [:]

    /// The program and its arguments, with those that the platform adds.
    var arguments: [String] {
        program + ArgumentLine.joined(given: plan.arguments, added: plan.addedArguments ?? [])
    }

    /// The same without what the platform adds.
    var plainArguments: [String] { program + plan.arguments }

    private var program: [String] { (entry ?? .python(python)).words + [plan.entry] }

    var variables: [String: String] {
        var variables = [
            "PATH": searchPath,
            "HOME": paths.home,
            "TMPDIR": paths.temporary,
            "USER": "nsml",
            "LOGNAME": "nsml",
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": paths.library,
            // Without it a library starts a thread for each CPU of the machine, and they fight over the session's few.
            "OMP_NUM_THREADS": "\(max(1, plan.resources.cpus))",
            // Sets and dictionaries of texts are walked in the same order whenever the same is run.
            "PYTHONHASHSEED": "0",
        ]
        // What it does again was done with these.
        variables.merge((plan.lock?.record.variables ?? [:]).filter { Self.kept.contains($0.key) }) { $1 }
        variables.merge(platformVariables) { $1 }
        if plan.network { variables.merge(networkVariables) { $1 } }
        return variables
    }

    /// The variables that may change what numbers come out: they are kept with the session.
    static let kept: Set = ["OMP_NUM_THREADS", "PYTHONHASHSEED", "LANG"]

    private var searchPath: String {
        let own = python.lastIndex(of: "/").map { String(python[..<$0]) }
        let standard = ["/usr/local/bin", "/usr/bin", "/bin"]
        let first = [own, paths.binaries].compactMap { $0 }.filter { !standard.contains($0) }
        return (first + standard).joined(separator: ":")
    }

    private var platformVariables: [String: String] {
        let devices = renumbersDevices ? Array(0..<plan.devices.count) : plan.devices
        var variables = [
            "NSML_SESSION_DIRECTORY": paths.share,
            "NSML_SESSION": plan.session.description,
            "NSML_MODE": plan.submission != nil ? "submit" : plan.type == .infer ? "infer" : "train",
            "NSML_DATASET_NAME": plan.datasets.first?.name.rawValue ?? "",
            "NSML_DATASET_NAMES": Self.json(plan.datasets.map(\.name.rawValue)),
            "NSML_DATASET_PATH": paths.datasets.first ?? "",
            "NSML_DATASET_PATHS": Self.json(paths.datasets),
            "NSML_GPU_NUM": "\(plan.devices.count)",
            "NSML_NFS_OUTPUT": paths.output,
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_VISIBLE_DEVICES": devices.map(String.init).joined(separator: ","),
        ]
        if plan.submission?.isTest == true { variables["NSML_SUBMIT_TEST"] = "1" }
        if let size = plan.submission?.batchSize { variables["NSML_SUBMIT_BATCH"] = "\(size)" }
        if let checkpoint = plan.checkpoint {
            variables["NSML_LOAD_CHECKPOINT"] = checkpoint.checkpoint.rawValue
            variables["NSML_LOAD_DIRECTORY"] = "\(paths.share)/\(Share.loads)/\(Share.initialLoad)"
        }
        return variables
    }

    /// Certificates and proxies, without which a network is of no use.
    private var networkVariables: [String: String] { Self.networkVariables(of: inherited) }

    static func networkVariables(of environment: [String: String]) -> [String: String] {
        let names: Set = [
            "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
            "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        ]
        return environment.filter { names.contains($0.key) }
    }

    private static func json(_ texts: [String]) -> String {
        // Strings always encode.
        (try? Wire.encoder().encode(texts)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}
