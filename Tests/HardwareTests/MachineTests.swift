import API
import Foundation
import TestSupport
import Testing

@testable import Hardware

/// A `/proc` and `/sys` of our own.
private func machine(in directory: URL, _ files: [String: String]) throws -> Machine {
    for (path, text) in files {
        let file = directory.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    return Machine(root: directory)
}

private let eightCPUs = [
    "proc/self/status": "Name:\tnsml\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,8-11\n",
    "proc/meminfo": "MemTotal:       65536000 kB\nMemFree:          1000 kB\n",
]

@Suite("What this machine has")
struct MachineTests {
    @Test("without limits it is our affinity and the installed memory")
    func unlimited() async throws {
        try await withTemporaryDirectory { directory in
            let node = try machine(in: directory, eightCPUs).discover(name: "titan", declaredGPUs: nil, devices: [])
            #expect(node == Node(name: "titan", cpus: 8, memoryBytes: 65_536_000 * 1024, devices: []))
        }
    }

    @Test("limits of control groups count, version 2; the smallest on the way up binds")
    func version2() async throws {
        try await withTemporaryDirectory { directory in
            let files = [
                "proc/self/cgroup": "0::/user.slice/a\n",
                "proc/self/mountinfo": "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
                "sys/fs/cgroup/user.slice/a/cpu.max": "max 100000\n", "sys/fs/cgroup/user.slice/cpu.max": "350000 100000\n",
                "sys/fs/cgroup/user.slice/a/memory.max": "8000000000\n", "sys/fs/cgroup/user.slice/memory.max": "max\n",
            ]
            let limited = try machine(in: directory, eightCPUs.merging(files) { $1 })
            #expect(limited.cpus == 3)
            #expect(limited.memoryBytes == 8_000_000_000)
        }
    }

    @Test("limits of control groups count, version 1, also where a container sees only its own group")
    func version1() async throws {
        try await withTemporaryDirectory { directory in
            let files = [
                "proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n",
                "proc/self/mountinfo": """
                31 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
                32 30 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
                33 30 0:29 / /tmp rw - tmpfs tmpfs rw

                """,
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n", "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000000\n",
            ]
            let limited = try machine(in: directory, eightCPUs.merging(files) { $1 })
            #expect(limited.cpus == 1)
            #expect(limited.memoryBytes == 2_000_000_000)
        }
    }

    @Test("no limit is written as -1, max or a very large number")
    func noLimit() async throws {
        try await withTemporaryDirectory { directory in
            let files = [
                "proc/self/cgroup": "4:memory:/\n3:cpu:/\n0::/\n",
                "proc/self/mountinfo": """
                31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
                32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw

                """,
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            ]
            let free = try machine(in: directory, eightCPUs.merging(files) { $1 })
            #expect(free.cpus == 8)
            #expect(free.memoryBytes == 65_536_000 * 1024)
        }
    }

    @Test("declared GPUs stand in where there is no hardware; real ones come first")
    func declared() {
        let real = [Device(index: 0, name: "Tesla P40", memoryBytes: 24), Device(index: 1, name: "Tesla P40", memoryBytes: 24)]
        func devices(_ declared: Int?, _ found: [Device]) -> [Device] {
            Machine.discover(name: "titan", declaredGPUs: declared, devices: found).devices
        }
        #expect(devices(nil, real) == real)
        #expect(devices(0, real) == [])
        #expect(devices(1, real) == [real[0]])
        #expect(devices(3, real).map(\.isDeclared) == [false, false, true])
        #expect(devices(2, []).map(\.index) == [0, 1])
        #expect(devices(2, []).allSatisfy { $0.isDeclared && $0.name == "declared" })
        #expect(Machine.discover(name: "titan", declaredGPUs: nil, declaredCPUs: 7, devices: []).cpus == 7)
    }

    @Test("this very machine has CPUs, memory and free disk")
    func here() throws {
        let node = Machine.discover(name: "here", declaredGPUs: nil, devices: [])
        #expect(node.cpus >= 1)
        #expect(node.memoryBytes > 100_000_000)
        #expect(try Machine.freeDiskBytes(at: "/") > 0)
        #expect(throws: Failure.self) { try Machine.freeDiskBytes(at: "/no/such/directory") }
    }

    @Test("lists of CPUs are counted", arguments: [("0", 1), ("0-3", 4), ("0-3,8,10-11", 7), ("", 0), ("x", 0)])
    func lists(list: String, count: Int) {
        #expect(Machine.countCPUs(in: list) == count)
    }
}
