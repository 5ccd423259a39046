import API
import Foundation
import Glibc
import Logging
import Store

/// Writes as fast as it can and tells on standard output what was acknowledged, one line each, until somebody kills it.
///
///     user N             the user uN was written
///     series S COUNT     session S has reported 0..<COUNT, and so far its journal is stored
struct CrashWriter {
    let directory: URL

    func run() async throws {
        let store = try Store(directory: directory, logger: Logger(label: "crash-writer"))
        let known = try await store.read { try $0.countUsers() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask { try await writeUsers(store, from: known * 4 + lane) }
                group.addTask { try await writeSeries(store, session: Int64(lane + 1)) }
            }
            try await group.waitForAll()
        }
    }

    private func writeUsers(_ store: Store, from first: Int) async throws {
        for number in stride(from: first, to: .max, by: 4) {
            let user = UserRecord(name: UserName(unchecked: "u\(number)"), role: .user, createdAt: Date(timeIntervalSince1970: 0))
            try await store.write { transaction in
                try transaction.insertUser(user)
                try transaction.appendAudit(
                    actor: "crash", action: "add", object: user.name.rawValue, result: "ok", address: "", at: user.createdAt)
            }
            tell("user \(number)")
        }
    }

    private func writeSeries(_ store: Store, session: Int64) async throws {
        var count = try await store.series.offset(session: session, stream: .journal)
        while true {
            let next = count + 1 + count % 37
            let reports = (count..<next).map {
                Report(step: $0, timeMilliseconds: $0 * 10, values: [("loss", Double($0)), ("twice", Double($0 * 2))])
            }
            try await store.series.append(session: session, reports: reports, from: count, to: next)
            count = next
            tell("series \(session) \(count)")
        }
    }

    /// One write, so that a line is told whole or not at all.
    private func tell(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}
