import API
import Foundation
import Logging
import Store
import TestSupport
import Testing

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension UserName {
    static let alice = UserName(unchecked: "alice")
    static let bob = UserName(unchecked: "bob")
}

extension DatasetName {
    static let mnist = DatasetName(unchecked: "mnist")
}

/// 1 January 2026 and so many seconds.
func time(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_767_225_600 + seconds) }

/// A digest that begins with this number.
func digest(_ number: Int) -> Digest {
    var bytes = [UInt8](repeating: 7, count: 32)
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: number >> (56 - 8 * index)) }
    guard let digest = Digest(bytes: bytes) else { preconditionFailure("32 bytes make a digest") }
    return digest
}

func identity(_ user: UserName, _ role: Role = .user) -> Identity { Identity(user: user, role: role) }

/// A generator with a fixed start, so that a failure comes again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

/// An open store in a directory of its own, with the users alice and bob.
func withStore(_ body: (Store) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
        let store = try Store(directory: directory, logger: silent)
        try await store.write { transaction in
            try transaction.insertUser(UserRecord(name: .alice, role: .user, createdAt: time(0)))
            try transaction.insertUser(UserRecord(name: .bob, role: .user, createdAt: time(1)))
        }
        try await body(store)
        try store.close()
    }
}

func sessionRow(
    _ user: UserName = .alice, _ dataset: DatasetName = .mnist, memo: String = "", isPrivate: Bool = false, at seconds: Double = 10
) -> NewSessionRow {
    let resources = Resources(gpus: 1, cpus: 2, memoryBytes: 3, sharedMemoryBytes: 4)
    let datasets = dataset == .none ? [] : [DatasetReference(name: dataset, version: 3)]
    let request = NewSession(
        workspace: nil, entry: "main.py", arguments: ["--lr", "0.1"], datasets: datasets, resources: resources, priority: 5, memo: memo,
        isPrivate: isPrivate, network: true)
    return NewSessionRow(
        user: user, dataset: dataset, request: request, workspace: digest(1), datasets: datasets, resources: resources,
        keep: Retention(best: 1, last: 2), createdAt: time(seconds))
}

/// The failure that `body` throws; recorded as an issue when it throws none.
func failure(_ body: () async throws -> some Any) async -> Failure? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown")
    } catch let failure as Failure {
        return failure
    } catch {
        Issue.record("not a Failure: \(error)")
    }
    return nil
}
