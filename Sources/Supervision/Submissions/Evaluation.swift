import API
import CLinux
import Content
import Foundation
import Glibc
import Logging

/// The second half of a submission: the dataset's `evaluation.py`, or a metric of the platform's own, over the predictions, in a
/// sandbox that holds the labels and nothing of the author's but the file of predictions.
struct Evaluation: Sendable {
    enum Outcome: Sendable, Equatable {
        case score(Double)
        /// Why there is none, for the author: without anything that was printed.
        case failed(String)
    }

    static let maximumPredictionBytes: Int64 = 8 << 30
    /// Where it works, as the program sees it: the predictions, and what it prints.
    private static let sandboxDirectory = "/nsml/score"
    private static let limit = Duration.seconds(1800)
    private static let maximumMemoryBytes: Int64 = 64_000_000_000

    let plan: SessionPlan
    let submission: SessionPlan.Submission
    let files: SessionFiles
    let settings: Supervisor.Settings
    let share: OpenDirectory
    let staging: OpenDirectory
    let output: OutputNotes
    let log: Logger

    private var isCustom: Bool { submission.metric == "custom" }
    private var directory: String { "\(files.staging)/score" }

    /// Throws for faults of the platform, and when cancelled.
    func run() async throws -> Outcome {
        guard let dataset = plan.datasets.first else { return .failed("the session has no dataset") }
        guard try takePredictions() else { return .failed("the predictions are larger than \(Self.maximumPredictionBytes >> 30) GiB") }
        let store = try ContentStore(directory: URL(filePath: plan.contentDirectory, directoryHint: .isDirectory), isWriter: false)
        let tree = try await DatasetTrees(plan: plan, store: store).layOut(dataset, as: submission.isTest ? .evaluateTest : .evaluate)
        let python: SessionPython
        do {
            python = try await self.python(dataset, store: store)
        } catch let failure as Failure where failure.code == .environmentFailed {
            output.say("nsml: \(failure)")
            return .failed("the packages that the dataset's evaluation needs could not be installed: tell its owner")
        }
        let status = try await start(python, dataset: dataset, tree: tree.path)
        withExtendedLifetime((tree.held, python.held)) {}
        return try read(status)
    }

    // MARK: What it works with

    /// Moves the predictions out of the author's reach; false when there are too many bytes.
    private func takePredictions() throws -> Bool {
        try staging.remove("score")
        let score = try staging.makeDirectory("score")
        let source = try share.openFile(Share.prediction)
        defer { close(source) }
        var status = stat()
        guard fstat(source, &status) == 0, Int64(status.st_size) <= Self.maximumPredictionBytes else { return false }
        let target = try SystemError.check("keep the predictions") {
            openat(score.descriptor, "prediction", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        }
        defer { close(target) }
        while try SystemError.check("keep the predictions", { nsml_copy_range(source, target, 1 << 30) }) > 0 {}
        fchmod(target, 0o644)
        if let userId = plan.userId { try score.giveTo(user: userId) }
        return true
    }

    private func python(_ dataset: SessionPlan.Dataset, store: ContentStore) async throws -> SessionPython {
        let environments = Environments(directory: plan.environmentsDirectory)
        let base = try await BasePython.find(
            environment: settings.environment, userId: isStaged ? nil : plan.userId, cache: environments.answers)
        guard isCustom else { return SessionPython(base) }
        let manifest = try Manifest(bytes: store.read(dataset.manifest))
        let needs = try await EvaluationNeeds(manifest: manifest, store: store, python: base, cache: environments.answers).read()
        guard !needs.isEmpty else { return SessionPython(base) }
        // Not the one that sessions with the same needs share: whoever built that could have put something into it.
        let owner = submission.datasetOwner
        let hash = String(Digest(of: Array("evaluation \(owner) \(needs.hash(python: base))".utf8)).hex.prefix(16))
        var builder = plan
        builder.session.user = owner
        let held = try await environments.make(hash, requirements: needs, python: base) { [builder] in
            let uv = await UV.find(environment: settings.environment, python: base)
            try await EnvironmentBuild(
                hash: hash, requirements: needs, python: base, environments: environments,
                index: PackageIndex.ofThisMachine(environment: settings.environment), plan: builder, sandbox: sandbox, output: output,
                staging: files.staging, uv: uv, groups: settings.groups, groupName: settings.groupName
            ).run()
        }
        return SessionPython(base, environment: hash, of: environments, held: held)
    }

    private var isStaged: Bool { plan.sandbox == .bubblewrap && plan.userId != nil && geteuid() == 0 }
    private var sandbox: Sandbox { Sandbox(kind: plan.sandbox, host: HostLayout.detect(), isStaged: isStaged) }

    // MARK: Running it

    /// Where the program finds what.
    private struct Places {
        var data: String
        var library: String
        var work: String
    }

    private func places(_ dataset: SessionPlan.Dataset, tree: String) -> Places {
        plan.sandbox == .bubblewrap
            ? Places(data: "\(SessionPaths.sandboxData)/\(dataset.name)", library: SessionPaths.sandboxLibrary, work: Self.sandboxDirectory)
            : Places(data: tree, library: plan.libraryDirectory, work: directory)
    }

    /// The exit status, or 128 and the signal.
    private func start(_ python: SessionPython, dataset: SessionPlan.Dataset, tree: String) async throws -> Int32 {
        let places = places(dataset, tree: tree)
        let label = "\(places.data)/test/test_label"
        var program =
            isCustom
            ? [python.executable, "-u", "\(places.data)/evaluation.py"]
            : [python.executable, "-I", "-S", "\(places.library)/nsml/metrics.py", submission.metric]
        program += ["--prediction", "\(places.work)/prediction"]
        if !isCustom || takesLabelPath(tree) { program += ["--test_label_path", label] }
        var mounts = python.mounts
        mounts += [
            Sandbox.Mount(source: tree, target: places.data, kind: .readOnly),
            Sandbox.Mount(source: plan.libraryDirectory, target: places.library, kind: .readOnly),
            Sandbox.Mount(source: directory, target: places.work, kind: .writable),
        ]
        // What it says on standard output is the score; warnings on standard error go to the log.
        let command = sandbox.command(
            ["/bin/sh", "-c", "exec \"$@\" > \(places.work)/printed", "sh"] + program,
            contents: Sandbox.Contents(
                mounts: mounts, network: false, sharedMemoryBytes: plan.resources.sharedMemoryBytes, workingDirectory: places.work,
                userId: plan.userId ?? geteuid(), groupId: plan.userId ?? getegid()))
        let groups = settings.groups.makeSession(
            "\(settings.groupName)-score",
            limits: .init(
                memoryBytes: min(max(plan.resources.memoryBytes, 2_000_000_000), Self.maximumMemoryBytes),
                cpus: max(1, plan.resources.cpus), processes: ControlGroups.maximumProcesses))
        defer {
            _ = groups.killUntilEmpty()
            groups.remove()
        }
        let launch = LaunchRecord(
            epoch: plan.epoch, arguments: command.arguments, environment: Spawning.settings(variables(python, dataset, places)),
            workingDirectory: command.workingDirectory, userId: plan.userId, sandbox: plan.sandbox, groups: groups, data: command.data,
            stage: command.stage, staged: command.staged)
        return try await wait(for: launch)
    }

    private func variables(_ python: SessionPython, _ dataset: SessionPlan.Dataset, _ places: Places) -> [String: String] {
        let home = plan.sandbox == .bubblewrap ? SessionPaths.sandboxHome : directory
        let own = python.executable.lastIndex(of: "/").map { String(python.executable[..<$0]) } ?? "/usr/bin"
        return [
            "PATH": "\(own):/usr/local/bin:/usr/bin:/bin", "HOME": home, "TMPDIR": plan.sandbox == .bubblewrap ? "/tmp" : directory,
            "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": places.library,
            "NSML_DATASET_PATH": places.data, "NSML_DATASET_NAME": dataset.name.rawValue,
            "OMP_NUM_THREADS": "\(max(1, plan.resources.cpus))",
        ]
    }

    /// Programs of 2018 know `--prediction` only, and find the labels by themselves.
    private func takesLabelPath(_ tree: String) -> Bool {
        guard let text = FileManager.default.contents(atPath: "\(tree)/evaluation.py") else { return true }
        let source = String(decoding: text, as: UTF8.self)
        // Many have a variable of that name and no such option, and would end at an option that they do not know.
        return source.contains("--test_label_path") || source.contains("Fire(") && source.contains("test_label_path")
    }

    private func wait(for launch: LaunchRecord) async throws -> Int32 {
        try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await launch.run(output: output.path) }
            group.addTask {
                try await Task.sleep(for: Self.limit)
                return nil
            }
            defer { group.cancelAll() }
            // Late is told as a shell tells of a program that was killed for it.
            return try await group.next()?.flatMap { $0 } ?? 124
        }
    }

    // MARK: What came of it

    private func read(_ status: Int32) throws -> Outcome {
        let printed = try? staging.directory("score").openFile("printed")
        let text = printed.map { String(decoding: FileTail.read(owning: $0), as: UTF8.self) } ?? ""
        output.say("nsml: the evaluation printed:\n\(text)")
        try staging.remove("score")
        if status == 0 {
            guard let score = ScoreText.parse(text) else {
                return .failed("the dataset's evaluation printed no score, which is one finite number: tell its owner")
            }
            return .score(score)
        }
        if status == 124 { return .failed("the evaluation took longer than \(Int(Self.limit / .seconds(1))) s") }
        guard !isCustom else {
            return .failed(
                "the dataset's evaluation ended with an error, perhaps because the predictions are not in the form that it expects")
        }
        return .failed(Self.sentence(ofStatus: status))
    }

    /// What `python/nsml/metrics.py` says by its exit status.
    static func sentence(ofStatus status: Int32) -> String {
        switch status {
        case 11: "there are not as many predictions as labels"
        case 12: "a prediction is no finite number"
        case 13: "the predictions cannot be read: one a line, a JSON array or an array of numpy.save"
        case 14: "the dataset's labels cannot be read, or do not suit its metric: tell its owner"
        default: "the metric could not be computed"
        }
    }
}
