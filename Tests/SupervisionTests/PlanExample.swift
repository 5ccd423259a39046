import API

extension SessionPlan {
    /// A plan for tests that start nothing.
    static func example(_ change: (inout SessionPlan) throws -> Void = { _ in }) throws -> SessionPlan {
        let digest = try Digest(parsing: String(repeating: "ab", count: 32))
        var plan = SessionPlan(
            session: try SessionName(parsing: "alice/mnist/1"), epoch: 1, serverURL: "http://127.0.0.1:7777",
            sessionDirectory: "/d/sessions/7",
            contentDirectory: "/d/content", environmentsDirectory: "/d/environments", treesDirectory: "/d/trees",
            libraryDirectory: "/d/library",
            type: .normal, workspace: digest, entry: "main.py", arguments: ["--lr", "0.1"],
            datasets: [.init(name: try DatasetName(parsing: "mnist"), version: 1, manifest: digest)],
            resources: Resources(gpus: 2, cpus: 3, memoryBytes: 24_000_000_000, sharedMemoryBytes: 1_000_000_000), devices: [0, 2],
            network: false, outputDirectory: false, sandbox: .bubblewrap, userId: 720_007, checkpoint: nil, checkpointManifest: nil,
            checkpointLimitBytes: nil, idleSeconds: 600, maximumSeconds: nil)
        try change(&plan)
        return plan
    }
}
