import API
import Foundation
import Testing

@testable import Supervision

@Suite("what a session's process sees")
struct SandboxTests {
    static let host = HostLayout(
        bubblewrap: "/usr/bin/bwrap", system: ["/bin": .link("usr/bin"), "/lib64": .directory], settings: ["/etc/ld.so.cache"],
        networkSettings: ["/etc/resolv.conf"], deviceNodes: ["/dev/nvidiactl"])

    private func contents(network: Bool = false) -> Sandbox.Contents {
        Sandbox.Contents(
            mounts: [
                .init(source: "/d/code", target: "/app", kind: .writable), .init(source: "/d/tree", target: "/data/mnist", kind: .readOnly),
                .init(source: "/dev/nvidia0", target: "/dev/nvidia0", kind: .device, isDirectory: false),
            ], network: network, sharedMemoryBytes: 64_000_000, workingDirectory: "/app", userId: 720_007, groupId: 720_007)
    }

    @Test("bubblewrap gets an explicit list, and nothing of the root directory")
    func arguments() {
        let sandbox = Sandbox(kind: .bubblewrap, host: Self.host, isStaged: false)
        let command = sandbox.command(["/usr/bin/python3", "main.py"], contents: contents())
        let expected = """
            /usr/bin/bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL --hostname nsml --ro-bind /usr /usr --symlink usr/bin /bin \
            --ro-bind /lib64 /lib64 --ro-bind /etc/ld.so.cache /etc/ld.so.cache --proc /proc --dev /dev --size 64000000 --tmpfs /dev/shm \
            --perms 1777 --tmpfs /tmp --dir /tmp/home --ro-bind-data 1000 /etc/passwd --ro-bind-data 1001 /etc/group --bind /d/code /app \
            --ro-bind /d/tree /data/mnist --dev-bind /dev/nvidia0 /dev/nvidia0 --seccomp 1002 --chdir /app -- /usr/bin/python3 main.py
            """
        #expect(command.arguments.joined(separator: " ") == expected)
        #expect(command.stage == nil)
        #expect(command.data.map(\.descriptor) == [1000, 1001, 1002])
    }

    @Test("the network is shared only when asked for, with the files that it needs")
    func network() {
        let sandbox = Sandbox(kind: .bubblewrap, host: Self.host, isStaged: false)
        let without = sandbox.command(["x"], contents: contents()).arguments
        let with = sandbox.command(["x"], contents: contents(network: true)).arguments
        #expect(!without.contains("--share-net") && !without.contains("/etc/resolv.conf"))
        #expect(with.contains("--share-net") && with.contains("/etc/resolv.conf"))
    }

    @Test("what root puts on the stage is bound from there")
    func staged() {
        let command = Sandbox(kind: .bubblewrap, host: Self.host, isStaged: true).command(["x"], contents: contents())
        #expect(command.stage == Sandbox.stage)
        #expect(command.staged.map(\.source) == ["/d/code", "/d/tree"])
        #expect(
            command.arguments.joined(separator: " ").contains("--bind \(Sandbox.stage)/0 /app --ro-bind \(Sandbox.stage)/1 /data/mnist"))
        #expect(!command.arguments.contains("/d/code"))
    }

    @Test("without a sandbox the program is started as it is")
    func plain() {
        let command = Sandbox(kind: .none, host: Self.host, isStaged: false).command(["/usr/bin/python3", "-u"], contents: contents())
        #expect(command.arguments == ["/usr/bin/python3", "-u"])
        #expect(command.workingDirectory == "/app")
        #expect(command.data.isEmpty)
    }

    private func environment(_ plan: SessionPlan, renumbers: Bool = false, inherited: [String: String] = [:]) -> SessionEnvironment {
        let paths = SessionPaths(plan: plan, files: SessionFiles(directory: "/d/sessions/7"), trees: ["/d/trees/x"], binary: "/opt/nsml")
        return SessionEnvironment(plan: plan, paths: paths, python: "/e/bin/python3", renumbersDevices: renumbers, inherited: inherited)
    }

    @Test(
        "an entry is Python's unless its first line or its name says otherwise",
        arguments: [
            ("main.py", nil, ["/e/python3", "-u"]), ("main.py", "#!/bin/bash", ["/e/python3", "-u"]), ("train", nil, ["/e/python3", "-u"]),
            ("train", "#!/usr/bin/env python3.11", ["/e/python3", "-u"]), ("train", "#!/usr/bin/python -u", ["/e/python3", "-u"]),
            ("run.sh", "#!/bin/bash", ["/bin/bash"]), ("run.sh", nil, ["/bin/sh"]), ("run.sh", "#! /bin/bash -eu ", ["/bin/bash", "-eu"]),
            ("a.R", "#!/usr/bin/env Rscript", ["/usr/bin/env", "Rscript"]), ("odd", "#!", ["/e/python3", "-u"]),
            ("odd", "#!relative", ["/e/python3", "-u"]),
        ] as [(String, String?, [String])])
    func entry(file: String, firstLine: String?, words: [String]) {
        #expect(EntryProgram(entry: file, firstLine: firstLine, python: "/e/python3").words == words)
    }

    @Test("the environment is exactly this")
    func variables() throws {
        let variables = environment(try .example(), inherited: ["SSL_CERT_FILE": "/c", "SECRET": "s"]).variables
        #expect(
            variables == [
                "PATH": "/e/bin:/nsml/bin:/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp/home", "TMPDIR": "/tmp", "USER": "nsml",
                "LOGNAME": "nsml", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": "/nsml/library",
                "OMP_NUM_THREADS": "3",
                "NSML_SESSION_DIRECTORY": "/nsml/session", "NSML_SESSION": "alice/mnist/1", "NSML_MODE": "train",
                "NSML_DATASET_NAME": "mnist", "NSML_DATASET_NAMES": #"["mnist"]"#, "NSML_DATASET_PATH": "/data/mnist",
                "NSML_DATASET_PATHS": #"["/data/mnist"]"#, "NSML_GPU_NUM": "2", "NSML_NFS_OUTPUT": "", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
                "CUDA_VISIBLE_DEVICES": "0,2",
            ])
    }

    @Test("a session with a network gets what a network needs, and one whose devices are counted anew counts from 0")
    func more() throws {
        let plan = try SessionPlan.example { $0.network = true }
        let variables = environment(plan, renumbers: true, inherited: ["SSL_CERT_FILE": "/c", "HTTPS_PROXY": "p", "SECRET": "s"]).variables
        #expect(variables["SSL_CERT_FILE"] == "/c")
        #expect(variables["HTTPS_PROXY"] == "p")
        #expect(variables["SECRET"] == nil)
        #expect(variables["CUDA_VISIBLE_DEVICES"] == "0,1")
    }

    @Test("without a sandbox everything is where it lies")
    func plainPaths() throws {
        let plan = try SessionPlan.example {
            $0.sandbox = .none
            $0.outputDirectory = true
            $0.devices = []
        }
        let variables = environment(plan).variables
        #expect(variables["NSML_SESSION_DIRECTORY"] == "/d/sessions/7/share")
        #expect(variables["NSML_DATASET_PATH"] == "/d/trees/x")
        #expect(variables["NSML_NFS_OUTPUT"] == "/d/sessions/7/output")
        #expect(variables["HOME"] == "/d/sessions/7/tmp/home")
        #expect(variables["PYTHONPATH"] == "/d/library")
        #expect(variables["CUDA_VISIBLE_DEVICES"] == "")
    }

    @Test("the arguments that the platform adds come last")
    func programArguments() throws {
        let checkpoint = try CheckpointReference(parsing: "alice/mnist/1/best")
        let plain = try SessionPlan.example()
        let infer = try SessionPlan.example {
            ($0.type, $0.checkpoint) = (.infer, checkpoint)
            $0.addedArguments = ["--mode", "infer", "--pause", "1"]
        }
        let fork = try SessionPlan.example {
            ($0.type, $0.checkpoint) = (.fork, checkpoint)
            ($0.arguments, $0.addedArguments) = (["--lr", "0.1", "--", "rest"], ["--pause", "1"])
        }
        let first = ["/e/bin/python3", "-u", "main.py", "--lr", "0.1"]
        #expect(environment(plain).arguments == first)
        #expect(environment(infer).arguments == first + ["--mode", "infer", "--pause", "1"])
        #expect(environment(infer).plainArguments == first)
        #expect(environment(fork).arguments == first + ["--pause", "1", "--", "rest"])
        #expect(environment(infer).variables["NSML_MODE"] == "infer")
        #expect(environment(infer).variables["NSML_LOAD_CHECKPOINT"] == "best")
        #expect(environment(infer).variables["NSML_LOAD_DIRECTORY"] == "/nsml/session/loads/initial")
    }
}

@Suite("control groups")
struct ControlGroupsTests {
    @Test("the hierarchies of a machine with both versions")
    func hybrid() {
        let mounts = """
            tmpfs /sys/fs/cgroup tmpfs rw 0 0
            cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
            cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
            cgroup /sys/fs/cgroup/devices cgroup rw,devices 0 0
            cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
            """
        let found = ControlGroups.find(mounts: mounts, ownGroups: "4:memory:/process_api/f0\n0::/\n")
        #expect(
            found == [
                .init(kind: "cpu", path: "/sys/fs/cgroup/cpu,cpuacct"), .init(kind: "memory", path: "/sys/fs/cgroup/memory"),
                .init(kind: "unified", path: "/sys/fs/cgroup/unified"),
            ])
    }

    @Test("the place in a machine with version 2 alone")
    func unified() {
        let found = ControlGroups.find(
            mounts: "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n", ownGroups: "0::/user.slice/user-1000.slice/user@1000.service\n")
        #expect(found == [.init(kind: "unified", path: "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service")])
    }

    @Test("limits are written as each version wants them")
    func settings() {
        let limits = ControlGroups.Limits(memoryBytes: 64_000_000, cpus: 2, processes: 4096)
        func text(_ hierarchy: ControlGroups.Hierarchy) -> [String] {
            ControlGroups.settings(hierarchy, limits: limits).map { "\($0.file)=\($0.value)" }
        }
        #expect(
            text(.init(kind: "memory", path: "/m")) == ["memory.limit_in_bytes=64000000", "memory.memsw.limit_in_bytes=64000000"])
        #expect(text(.init(kind: "cpu", path: "/c")) == ["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=200000"])
        #expect(text(.init(kind: "freezer", path: "/f")).isEmpty)
        #expect(
            text(.init(kind: "unified", path: "/u", controllers: ["memory", "cpu", "pids"]))
                == ["memory.max=64000000", "memory.swap.max=0", "memory.oom.group=1", "cpu.max=200000 100000", "pids.max=4096"])
        #expect(text(.init(kind: "unified", path: "/u")).isEmpty)
    }

    @Test("what cannot be limited is said once, for people")
    func notes() {
        #expect(ControlGroups(hierarchies: []).notes.count == 1)
        #expect(ControlGroups(hierarchies: [.init(kind: "unified", path: "/u", controllers: ["memory", "cpu", "pids"])]).notes.isEmpty)
    }

    @Test("a line of /proc is read although the name may contain anything")
    func processStatus() {
        let line = "42 (a) R (b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 100 5"
        #expect(ProcessTable.parse(line) == .init(processId: 42, parent: 1, session: 42, startTime: 777, isZombie: false))
        #expect(ProcessTable.parse("nonsense") == nil)
    }
}
