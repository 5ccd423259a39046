import API
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite(.serialized) struct CrashTests {
    /// What the child said, as far as it was acknowledged.
    private struct Ledger {
        var users: Set<Int> = []
        var series: [Int64: Int64] = [:]

        mutating func note(_ line: Substring) {
            let words = line.split(separator: " ")
            switch (words.first, words.count) {
            case ("user", 2): users.insert(Int(words[1]) ?? -1)
            case ("series", 3): series[Int64(words[1]) ?? -1] = Int64(words[2]) ?? -1
            default: Issue.record("the child said '\(line)'")
            }
        }
    }

    /// Runs the writer on `directory` until it has told `lines` lines, kills it, and notes all that it told.
    private func runAndKill(_ directory: URL, lines: Int, _ ledger: inout Ledger) async throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "store-benchmark").path
        let pipe = Pipe()
        let process = try ChildProcess(
            [program, "crash-writer", directory.path], output: .descriptor(pipe.fileHandleForWriting.fileDescriptor))
        try pipe.fileHandleForWriting.close()
        var text = Data()
        var count = 0
        while count < lines {
            let piece = pipe.fileHandleForReading.availableData
            if piece.isEmpty { break }
            count += piece.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 }
            text += piece
        }
        #expect(kill(process.processIdentifier, SIGKILL) == 0)
        text += try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(count >= lines, "the child ended by itself")
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") { ledger.note(line) }
    }

    @Test("what was acknowledged survives SIGKILL, each exactly once")
    func survival() async throws {
        try await withTemporaryDirectory { directory in
            var ledger = Ledger()
            for lines in [1, 150, 400] {
                try await runAndKill(directory, lines: lines, &ledger)
                let store = try Store(directory: directory, logger: silent)
                #expect(try await store.check() == [])
                let users = Set(try await store.read { try $0.users() }.compactMap { Int($0.name.rawValue.dropFirst()) })
                #expect(users.isSuperset(of: ledger.users))
                for (session, acknowledged) in ledger.series {
                    let offset = try await store.series.offset(session: session, stream: .journal)
                    #expect(offset >= acknowledged)
                    for (name, factor) in [("loss", 1), ("twice", 2)] {
                        let columns = try await store.series.points(session: session, name: name, limit: 100_000)
                        #expect(columns.steps == Array(0..<offset))
                        #expect(columns.values.map(\.value) == (0..<offset).map { Double($0 * Int64(factor)) })
                    }
                }
                try store.close()
            }
            #expect(!ledger.users.isEmpty && ledger.series.count == 4)
        }
    }
}
