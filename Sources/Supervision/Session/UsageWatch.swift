import API
import Content
import Foundation
import Glibc
import Hardware

/// Looks now and then at what a session uses, and writes it down as the stream `usage`: `usage.ndjson`, a line of a report for each look,
/// whose step is its second since 1970.
struct UsageWatch: Sendable {
    /// Often at first, while somebody watches it begin; then so seldom that a week of it is a megabyte.
    static func interval(after looks: Int) -> Duration { looks < 20 ? .seconds(1) : .seconds(10) }

    let plan: SessionPlan
    let files: SessionFiles
    let process: SessionProcess

    /// Returns when the session has ended.
    func run(until ended: Occurrence) async throws {
        let monitor = plan.devices.isEmpty ? nil : DeviceMonitor()
        var before: (seconds: Double, cpuSeconds: Double)?
        var looks = 0
        while !ended.hasHappened {
            if process.record?.process?.isAlive == true {
                let now = SessionUsage(of: process)
                let clock = Self.now(CLOCK_BOOTTIME)
                var values = now.memoryBytes.map { [("memory", Double($0))] } ?? []
                if let cpuSeconds = now.cpuSeconds {
                    // Less than before: another process of the session, which is counted anew.
                    if let before, cpuSeconds >= before.cpuSeconds, clock > before.seconds {
                        values.append(("cpu", (cpuSeconds - before.cpuSeconds) / (clock - before.seconds)))
                    }
                    before = (clock, cpuSeconds)
                }
                values += monitor.map { devices($0.usage()) } ?? []
                append(values)
                looks += 1
            }
            let interval = Self.interval(after: looks)
            _ = try await ended.unlessItHappens { try await Task.sleep(for: interval) }
        }
    }

    private func devices(_ found: [DeviceUsage]) -> [(String, Double)] {
        found.filter { plan.devices.contains($0.index) }.flatMap { device -> [(String, Double)] in
            let figures: [(String, Double?)] = [
                ("utilization", device.utilizationPercent.map(Double.init)), ("memory", device.memoryUsedBytes.map(Double.init)),
                ("power", device.powerWatts), ("temperature", device.temperatureCelsius.map(Double.init)),
            ]
            return figures.compactMap { name, value in value.map { ("gpu/\(device.index)/\(name)", $0) } }
        }
    }

    /// What cannot be written is not written: no session ends for want of these.
    private func append(_ values: [(String, Double)]) {
        guard !values.isEmpty else { return }
        let time = Self.now(CLOCK_REALTIME)
        let pairs = values.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        let line = "{\"kind\":\"report\",\"time\":\(time),\"step\":\(Int64(time)),\"values\":{\(pairs)}}\n"
        let file = open(files.usage, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = write(file, line, line.utf8.count)
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What a session's processes use together: as its control groups count it, else as the processes themselves do.
struct SessionUsage: Equatable {
    /// Since the session's process began; nil where nobody counts.
    var cpuSeconds: Double?
    /// Without files that the kernel merely has not forgotten yet.
    var memoryBytes: Int64?

    init(of process: SessionProcess) {
        // Written down when the process was started.
        let groups = DurableFile.read(LaunchRecord.self, from: process.files.launch)?.groups
        for group in groups?.groups ?? [] { read(group) }
        guard cpuSeconds == nil || memoryBytes == nil else { return }
        let main = process.record?.process?.processId
        let members = groups.map { $0.members() } ?? []
        let counted = Self.sum(
            members.isEmpty ? main.map { [$0] + ProcessTable.descendants(of: $0).map(\.processId) } ?? [] : Array(members))
        cpuSeconds = cpuSeconds ?? counted?.cpuSeconds
        memoryBytes = memoryBytes ?? counted?.memoryBytes
    }

    private mutating func read(_ group: ControlGroups.Session.Group) {
        func number(_ file: String) -> Int64? {
            Int64(ControlGroups.read("\(group.path)/\(file)").trimmingCharacters(in: .whitespacesAndNewlines))
        }
        func field(_ name: String, of file: String) -> Int64? {
            let line = ControlGroups.read("\(group.path)/\(file)").split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            return line.flatMap { Int64($0.dropFirst(name.utf8.count + 1)) }
        }
        switch group.kind {
        // Version 1 counts in a hierarchy that is usually mounted together with that of `cpu`.
        case "cpu": cpuSeconds = cpuSeconds ?? number("cpuacct.usage").map { Double($0) / 1e9 }
        case "memory":
            memoryBytes =
                memoryBytes
                ?? number("memory.usage_in_bytes").map {
                    max(0, $0 - (field("total_inactive_file", of: "memory.stat") ?? 0))
                }
        case "unified":
            // Version 2 counts time in each group, and memory where it limits it.
            cpuSeconds = cpuSeconds ?? field("usage_usec", of: "cpu.stat").map { Double($0) / 1e6 }
            memoryBytes = memoryBytes ?? number("memory.current").map { max(0, $0 - (field("inactive_file", of: "memory.stat") ?? 0)) }
        default: break
        }
    }

    /// Of processes as `/proc` shows them; shared memory counts once for each that has it.
    private static func sum(_ members: [Int32]) -> (cpuSeconds: Double, memoryBytes: Int64)? {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
        var total: (cpuSeconds: Double, memoryBytes: Int64)?
        for member in members {
            // The name, in brackets, may hold anything; behind it are the state and numbers.
            let line = ControlGroups.read("/proc/\(member)/stat")
            guard let end = line.lastIndex(of: ")") else { continue }
            let fields = line[end...].dropFirst().split(separator: " ")
            guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]), let resident = Int64(fields[21]) else {
                continue
            }
            total = ((total?.cpuSeconds ?? 0) + (user + system) / ticks, (total?.memoryBytes ?? 0) + resident * page)
        }
        return total
    }
}
