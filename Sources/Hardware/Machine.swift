package import API
package import Foundation
import Glibc

/// What this machine has, as far as we may use it: not more CPUs and memory than our own affinity and control group allow.
package struct Machine: Sendable {
    /// Where `/proc` and `/sys` are looked up; another directory in tests.
    private let root: URL

    package init(root: URL = URL(filePath: "/")) { self.root = root }

    /// The node that this machine is. `declaredGPUs` is what the operator says instead of what was found: the first so many
    /// of `devices`, and where there are fewer, devices without hardware behind them.
    /// `declaredCPUs` replaces the number of CPUs: more than there are lets sessions share them.
    package static func discover(name: String, declaredGPUs: Int?, declaredCPUs: Int? = nil, devices: [Device]) -> Node {
        Machine().discover(name: name, declaredGPUs: declaredGPUs, declaredCPUs: declaredCPUs, devices: devices)
    }

    package func discover(name: String, declaredGPUs: Int?, declaredCPUs: Int? = nil, devices: [Device]) -> Node {
        Node(
            name: name, cpus: declaredCPUs.map { max(1, $0) } ?? cpus, memoryBytes: memoryBytes,
            devices: Self.declare(declaredGPUs, of: devices))
    }

    private static func declare(_ count: Int?, of devices: [Device]) -> [Device] {
        guard let count else { return devices }
        let found = devices.prefix(max(0, count))
        let next = (found.map(\.index).max() ?? -1) + 1
        let extra = max(0, count - found.count)
        return found + (next..<next + extra).map { Device(index: $0, name: "declared", memoryBytes: 0, isDeclared: true) }
    }

    /// CPUs that we may run on: our affinity, and not more than whole ones of our control group's quota; at least 1.
    package var cpus: Int {
        let affinity = line("Cpus_allowed_list:", of: "proc/self/status").map(Self.countCPUs) ?? 0
        let allowed = affinity > 0 ? affinity : ProcessInfo.processInfo.activeProcessorCount
        let quota = ControlGroup(root: root).cpuQuota ?? .infinity
        return max(1, min(allowed, quota < Double(allowed) ? Int(quota) : allowed))
    }

    /// Bytes of memory, not more than our control group may have.
    package var memoryBytes: Int64 {
        let installed = kilobytes("MemTotal:").map { $0 * 1024 } ?? Int64(clamping: ProcessInfo.processInfo.physicalMemory)
        return min(installed, ControlGroup(root: root).memoryLimitBytes ?? .max)
    }

    /// Bytes that we may still write to the file system that `path` lies on. The directory must exist.
    package static func freeDiskBytes(at path: String) throws -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw Failure(.localError, "cannot tell the free space of \(path): \(String(cString: strerror(errno)))")
        }
        return Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }

    /// How many numbers a list such as `0-3,8,10-11` has; 0 when it is no such list.
    static func countCPUs(in list: String) -> Int {
        list.split(separator: ",").reduce(0) { count, part in
            let ends = part.split(separator: "-").map { Int($0.trimmingCharacters(in: .whitespaces)) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, last >= first else { return count }
            return count + last - first + 1
        }
    }

    private func kilobytes(_ key: String) -> Int64? {
        line(key, of: "proc/meminfo")?.split(separator: " ").first.flatMap { Int64($0) }
    }

    private func line(_ key: String, of path: String) -> String? {
        Files.read(root.appending(path: path))?.split(separator: "\n").first { $0.hasPrefix(key) }
            .map { $0.dropFirst(key.count).trimmingCharacters(in: .whitespaces) }
    }
}

/// Small files of the kernel.
enum Files {
    /// nil when the file is absent or cannot be read: the kernel then does not tell, which is no error here.
    static func read(_ url: URL) -> String? { try? String(contentsOf: url, encoding: .utf8) }
}
