import Foundation
import Glibc

/// One process of one boot of this machine. A number alone says nothing: numbers are used again.
struct ProcessIdentity: Codable, Sendable, Hashable {
    var processId: Int32
    /// In clock ticks since the boot.
    var startTime: UInt64
    var bootId: String

    /// The process `processId` as it is now; nil when there is none.
    init?(processId: Int32) {
        guard let startTime = ProcessTable.status(of: processId)?.startTime else { return nil }
        self.processId = processId
        self.startTime = startTime
        bootId = Self.currentBootId
    }

    /// Whether this very process exists now.
    var isAlive: Bool {
        bootId == Self.currentBootId && ProcessTable.status(of: processId).map { $0.startTime == startTime && !$0.isZombie } == true
    }

    static var currentBootId: String {
        let bytes = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// What `/proc` says of processes.
enum ProcessTable {
    struct Status: Sendable, Equatable {
        var processId: Int32
        var parent: Int32
        var session: Int32
        var startTime: UInt64
        var isZombie: Bool
    }

    static func status(of processId: Int32) -> Status? {
        guard let bytes = readFile("/proc/\(processId)/stat") else { return nil }
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    /// Reads a line of `/proc/PID/stat`. The second field, the name, may contain anything, also `)`.
    static func parse(_ line: String) -> Status? {
        guard let processId = Int32(line.prefix { $0 != " " }), let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[end...].dropFirst().split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), let session = Int32(fields[3]), let startTime = UInt64(fields[19]) else {
            return nil
        }
        return Status(processId: processId, parent: parent, session: session, startTime: startTime, isZombie: fields[0] == "Z")
    }

    static func all() -> [Status] {
        // Unreadable /proc means that we know of no process.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).compactMap(status)
    }

    /// All descendants of a process, children before grandchildren.
    static func descendants(of ancestor: Int32, in table: [Status] = all()) -> [Status] {
        let children = Dictionary(grouping: table, by: \.parent)
        var found: [Status] = []
        var queue = [ancestor]
        while !queue.isEmpty {
            let next = children[queue.removeFirst()] ?? []
            found += next
            queue += next.map(\.processId)
        }
        return found
    }

    /// The process's numbers in the namespaces from ours down to its own.
    static func namespaceIds(of processId: Int32) -> [Int32] {
        guard let bytes = readFile("/proc/\(processId)/status") else { return [] }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("NSpid:") }) else { return [] }
        return line.dropFirst(6).split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    /// Whether the process was started with `setting` (NAME=VALUE) in its environment.
    static func hasEnvironment(_ setting: String, processId: Int32) -> Bool {
        guard let bytes = readFile("/proc/\(processId)/environ") else { return false }
        return bytes.split(separator: 0).contains { $0.elementsEqual(setting.utf8) }
    }

    private static func readFile(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += buffer[..<count]
        }
    }
}
